"""The back-test: a case of the past, foretold from what was known on a day and scored against what came.

Takes the files of `data/back-test` and the case that they name, and gives forecasts, scores and their bars. It must not
know the command, and holds no rule of its own: what leaves and who runs short is what plans say.
"""
