"""What tests share: networks, other solvers, damage, and how much of everything runs when."""
