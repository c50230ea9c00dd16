"""For every rule: a row of the toy network, a point that satisfies it, and one that breaks it.

A point names variables and amounts; everything else is 0. Figures are those of `tests/cases/toy`: periods of a quarter
(90 of 365 days) and three quarters of a year.
"""

from __future__ import annotations

from typing import Any

Point = dict[tuple[Any, ...], float]
YEARS = (90 / 365, 275 / 365)
BB_LOT = ("bb-press", "press-magnet", "clean")
AA_LOT = ("aa-press", "press-magnet", "aa-content")
LANE = ("aa-press", "cc-plant", "magnet", "aa-content", "")
OXIDE_LANE = ("AD hub", "BB hub", "dy-oxide", "aa-content", "")
BB_LANE = ("bb-press", "cc-plant", "magnet", "aa-content", "")
TO_CC = ("aa-export", "AD", "CC", "magnet", 1)
GENERAL = ("aa-export", "AD", "CC", "magnet", "aa-general", 1)
SLOW = ("aa-content", "BB", "cc-plant", "magnet", "cc-slow", 1)
SERVED = ("cc-plant", "magnet", "civil", "magnet", "clean")
AT_PLANT = ("cc-plant", "", "magnet", "")
SHARED, AD_SHARE = ("share-each", "AD"), ("member", "share-each", "AD")
SWARF, MADE = ("swarf", "AD", "", "aa-press", "aa-content"), ("wanted", "aa-press", "press-magnet", "magnet")
MOVED = ("wanted_move", "aa-press", "cc-plant", "magnet", "")
FLOOR, CHAIN = ("friends-floor", "friends"), ("oxide-aa", "AD")

POINTS: dict[str, tuple[Any, Point, Point]] = {
    # 3 t are bought; 2 t leave and 1 t stays within it, 4 t do not.
    "material_balance": (
        ("BB hub", "nd-oxide", "clean", 0),
        {("buy", "bb-nd", 0): 3.0, ("run", *BB_LOT, 0): 7.5},
        {("buy", "bb-nd", 0): 3.0, ("run", *BB_LOT, 0): 7.6},
    ),
    # 40 t/year in the first quarter.
    "plant_capacity": (
        ("bb-press", "press", 0),
        {("run", *BB_LOT, 0): 40 * YEARS[0]},
        {("run", *BB_LOT, 0): 40 * YEARS[0] + 0.01},
    ),
    # Half of 40 t/year, of 80 t/year from October on, above the rate of the first quarter.
    "ramp_up": (
        ("bb-press", "press", 1),
        {("run", *BB_LOT, 0): 1.0, ("run", *BB_LOT, 1): 275 / 90 + 0.5 * (183 * 40 + 92 * 80) / 365},
        {("run", *BB_LOT, 0): 1.0, ("run", *BB_LOT, 1): 275 / 90 + 0.5 * (183 * 40 + 92 * 80) / 365 + 0.01},
    ),
    "offer_capacity": (
        ("bb-dy", 0),
        {("buy", "bb-dy", 0): 3 * YEARS[0]},
        {("buy", "bb-dy", 0): 3 * YEARS[0] + 0.01},
    ),
    # 1.5 t in the first 30 days.
    "ordered_comes": (("bb-nd", 0), {("buy", "bb-nd", 0): 1.5}, {("buy", "bb-nd", 0): 1.49}),
    # 100 t/year are ordered until the end of April, 30 days of the second period: less is missed.
    "order_kept": (
        ("aa-press", "cc-plant", "magnet", 1),
        {("ship", *LANE, 1): 100 * 30 / 365 - 1, ("missed", "aa-press", "cc-plant", "magnet", 1): 1.0},
        {("ship", *LANE, 1): 100 * 30 / 365 - 1, ("missed", "aa-press", "cc-plant", "magnet", 1): 0.99},
    ),
    # Of the other maker 50 t/year, of whatever class, and no more in the first quarter, which is over by then.
    "order_alone": (
        ("bb-press", "cc-plant", "magnet", 0),
        {("ship", *BB_LANE, 0): 50 * YEARS[0]},
        {("ship", *BB_LANE, 0): 50 * YEARS[0] + 0.01},
    ),
    # A kilogram bought for use at home goes into 25 kg of magnets there.
    "home_use": (
        ("AD", "dy-oxide", 0),
        {("buy", "aa-dy-home", 0): 0.04, ("run", *AA_LOT, 0): 1.0},
        {("buy", "aa-dy-home", 0): 0.05, ("run", *AA_LOT, 0): 1.0},
    ),
    # 3 t leave, 2 t of them bought at a price that holds the charge; what is bought for use at home does not count.
    "export_charged": (
        ("AD", "dy-oxide", 0),
        {("ship", *OXIDE_LANE, 0): 3.0, ("buy", "aa-dy", 0): 2.0, ("charged", "AD", "dy-oxide", 0): 1.0},
        {
            ("ship", *OXIDE_LANE, 0): 3.0,
            ("buy", "aa-dy", 0): 2.0,
            ("buy", "aa-dy-home", 0): 1.0,
            ("charged", "AD", "dy-oxide", 0): 0.9,
        },
    ),
    # 2,000 t/year from AD to CC, whatever goes there.
    "route_capacity": (
        ("AD", "CC", "", "", 1),
        {("ship", *LANE, 1): 2000 * YEARS[1]},
        {("ship", *LANE, 1): 2000 * YEARS[1] + 0.01},
    ),
    "contract_take": (
        ("bb-dy-long", 1),
        {("take", "bb-dy-long", 1): 2 * YEARS[1], ("reserve", "bb-dy-long"): 2.0},
        {("take", "bb-dy-long", 1): 2 * YEARS[1], ("reserve", "bb-dy-long"): 1.9},
    ),
    # Half of what is reserved is taken or paid for within the year, and 0.1 t that were paid for before do not count.
    "take_or_pay": (
        ("bb-dy-long", 1),
        {
            ("take", "bb-dy-long", 0): 0.3,
            ("take", "bb-dy-long", 1): 0.5,
            ("make_up", "bb-dy-long", 1): 0.1,
            ("unpaid", "bb-dy-long", 1): 0.3,
            ("reserve", "bb-dy-long"): 2.0,
        },
        {
            ("take", "bb-dy-long", 0): 0.3,
            ("take", "bb-dy-long", 1): 0.5,
            ("make_up", "bb-dy-long", 1): 0.1,
            ("unpaid", "bb-dy-long", 1): 0.29,
            ("reserve", "bb-dy-long"): 2.0,
        },
    ),
    # Of 2 t reserved 1.2 t are taken: half of the 0.8 t that are left.
    "paid_ahead": (
        ("bb-dy-long", 1),
        {("take", "bb-dy-long", 0): 1.2, ("unpaid", "bb-dy-long", 1): 0.4, ("reserve", "bb-dy-long"): 2.0},
        {("take", "bb-dy-long", 0): 1.2, ("unpaid", "bb-dy-long", 1): 0.41, ("reserve", "bb-dy-long"): 2.0},
    ),
    "made_up_taken": (
        ("bb-dy-long", 1),
        {("take", "bb-dy-long", 1): 0.2, ("make_up", "bb-dy-long", 1): 0.2},
        {("take", "bb-dy-long", 1): 0.2, ("make_up", "bb-dy-long", 1): 0.21},
    ),
    # 0.1 t were prepaid, and 0.3 t are paid for and not taken before; 0.15 t of it come free and 0.25 t are paid back.
    "carried_over": (
        ("bb-dy-long", 1),
        {
            ("unpaid", "bb-dy-long", 0): 0.3,
            ("make_up", "bb-dy-long", 0): 0.05,
            ("make_up", "bb-dy-long", 1): 0.1,
            ("refunded", "bb-dy-long", 1): 0.25,
        },
        {
            ("unpaid", "bb-dy-long", 0): 0.3,
            ("make_up", "bb-dy-long", 0): 0.05,
            ("make_up", "bb-dy-long", 1): 0.1,
            ("refunded", "bb-dy-long", 1): 0.26,
        },
    ),
    # Nobody is stopped.
    "refund_at_end": (
        ("bb-dy-long", 1),
        {("refunded", "bb-dy-long", 1): 0.0},
        {("refunded", "bb-dy-long", 1): 0.01},
    ),
    # 60 t/year from two months (59 days) after the first day on.
    "lane_open": (
        ("qualify-bb", 0),
        {
            ("ship", "bb-press", "cc-plant", "magnet", "clean", "", 0): 60 * (90 - 59) / 365,
            ("start", "qualify-bb", 0): 1.0,
        },
        {
            ("ship", "bb-press", "cc-plant", "magnet", "clean", "", 0): 60 * (90 - 59) / 365,
            ("start", "qualify-bb", 0): 0.9,
        },
    ),
    "project_once": (
        "qualify-bb",
        {("start", "qualify-bb", 0): 0.6, ("start", "qualify-bb", 1): 0.4},
        {("start", "qualify-bb", 0): 0.6, ("start", "qualify-bb", 1): 0.5},
    ),
    # 0.04 t of dysprosium oxide per tonne of magnet.
    "dilution_within_recipe": (
        ("bb-press", "press-magnet", "dy-oxide", "clean", 0),
        {("dilute", "bb-press", "press-magnet", "dy-oxide", "aa-content", "clean", 0): 0.4, ("run", *BB_LOT, 0): 10.0},
        {("dilute", "bb-press", "press-magnet", "dy-oxide", "aa-content", "clean", 0): 0.41, ("run", *BB_LOT, 0): 10.0},
    ),
    # A threshold of 0.1 of a magnet worth 100 is 10; oxide worth 50 fills it at 0.2 t per tonne.
    "de_minimis": (
        ("aa-content", "bb-press", "press-magnet", "clean", 0),
        {("dilute", "bb-press", "press-magnet", "dy-oxide", "aa-content", "clean", 0): 2.0, ("run", *BB_LOT, 0): 10.0},
        {("dilute", "bb-press", "press-magnet", "dy-oxide", "aa-content", "clean", 0): 2.01, ("run", *BB_LOT, 0): 10.0},
    ),
    # A tenth of 400 t/year with a headroom of 1.25 are 50 t/year; 25 of them leave from April on, 90 % of the rest passes.
    # 22.5 t/year, 5 t shipped of which 4 t under the approval, and 2 t of earlier licences of which 1 t is kept.
    "border_licence": (
        TO_CC,
        {
            ("ship", *LANE, 1): 22.5 * YEARS[1] + 5,
            ("approved", *TO_CC[:-1], "aa-general", 1): 4.0,
            ("unused", *TO_CC[:-1], 0): 2.0,
            ("unused", *TO_CC): 1.0,
        },
        {
            ("ship", *LANE, 1): 22.5 * YEARS[1] + 5,
            ("approved", *TO_CC[:-1], "aa-general", 1): 4.0,
            ("unused", *TO_CC[:-1], 0): 2.0,
            ("unused", *TO_CC): 1.01,
        },
    ),
    # Licences of the last 100 days.
    "licence_validity": (
        TO_CC,
        {("unused", *TO_CC): 22.5 * 100 / 365},
        {("unused", *TO_CC): 22.5 * 100 / 365 + 0.01},
    ),
    # Half of 50 t/year, all of it licensed.
    "approval_licence": (
        GENERAL,
        {("approved", *GENERAL): 25 * YEARS[1] - 1, ("unused_of", *GENERAL): 1.0},
        {("approved", *GENERAL): 25 * YEARS[1] - 1, ("unused_of", *GENERAL): 1.01},
    ),
    "approval_validity": (
        GENERAL,
        {("unused_of", *GENERAL): 25 * 100 / 365},
        {("unused_of", *GENERAL): 25 * 100 / 365 + 0.01},
    ),
    # 30 t/year to all whom it reaches.
    "approval_quantity": (
        ("aa-general", 1),
        {("approved", *GENERAL): 30 * YEARS[1]},
        {("approved", *GENERAL): 30 * YEARS[1] + 0.01},
    ),
    "approved_shipped": (
        GENERAL,
        {("approved", *GENERAL): 10.0, ("ship", *LANE, 1): 10.0},
        {("approved", *GENERAL): 10.01, ("ship", *LANE, 1): 10.0},
    ),
    # Of 20 t/year a fifth is not covered, and half of that passes; 3 t go under the approval itself.
    "listed_licence": (
        SLOW,
        {("approved", *SLOW): 3.0, ("ship", *BB_LANE, 1): 3 + 20 * 0.2 * 0.5 * YEARS[1]},
        {("approved", *SLOW): 3.0, ("ship", *BB_LANE, 1): 3.01 + 20 * 0.2 * 0.5 * YEARS[1]},
    ),
    # 1000 t/year, also of what has a general licence, and of all that leaves BB with content of AD.
    "quota_of_exporter": (
        ("aa-export", "aa-press", "press", 1),
        {("ship", *LANE, 1): 1000 * YEARS[1]},
        {("ship", *LANE, 1): 1000 * YEARS[1] + 0.01},
    ),
    "quota_of_country": (
        ("aa-content", "BB", 1),
        {("ship", "bb-press", "cc-plant", "magnet", "aa-content", "", 1): 1000 * YEARS[1]},
        {("ship", "bb-press", "cc-plant", "magnet", "aa-content", "", 1): 1000 * YEARS[1] + 0.01},
    ),
    "end_use_licence": (
        ("aa-military", "cc-plant", "magnet", "military", 0),
        {("serve", "cc-plant", "magnet", "military", "magnet", "clean", 0): 4.0},
        {("serve", "cc-plant", "magnet", "military", "magnet", "aa-content", 0): 0.01},
    ),
    # 80 t/year; a tonne of the lean grade stands for 0.9.
    "demand_met": (
        ("cc-plant", "magnet", "civil", 0),
        {
            ("serve", *SERVED, 0): 80 * YEARS[0] - 9.9,
            ("serve", "cc-plant", "magnet", "civil", "magnet-lean", "clean", 0): 10.0,
            ("short", "cc-plant", "magnet", "civil", 0): 0.9,
        },
        {("serve", *SERVED, 0): 80 * YEARS[0] - 9.9, ("short", "cc-plant", "magnet", "civil", 0): 0.9},
    ),
    # From 10 October on, when magnets of a larger press may come, 80 t/year for 83 days, with room before it for 60 t
    # and for 20 t of the lean grade: no more than the rest of what fits is left if nothing comes.
    "availability": (
        ("cc-plant", "magnet", "civil", "day 1 to end", 1),
        {("stock", "cc-plant", "magnet", "clean", 1): 60 + 20 * 0.9 - 80 * 83 / 365},
        {("stock", "cc-plant", "magnet", "clean", 1): 60 + 20 * 0.9 - 80 * 83 / 365 + 0.01},
    ),
    "substitution_limit": (
        ("cc-plant", "magnet", "civil", "magnet-lean", 0),
        {("serve", "cc-plant", "magnet", "civil", "magnet-lean", "clean", 0): 40 * YEARS[0] / 0.9},
        {("serve", "cc-plant", "magnet", "civil", "magnet-lean", "clean", 0): 40 * YEARS[0] / 0.9 + 0.01},
    ),
    "opening_stock": (
        ("cc-plant", "magnet"),
        {("opening", "cc-plant", "magnet"): 15.0},
        {("opening", "cc-plant", "magnet"): 14.9},
    ),
    "stock_capacity": (
        ("cc-plant", "magnet", 0),
        {("stock", "cc-plant", "magnet", "clean", 0): 25.0, ("stock", "cc-plant", "magnet", "aa-content", 0): 35.0},
        {("stock", "cc-plant", "magnet", "clean", 0): 25.1, ("stock", "cc-plant", "magnet", "aa-content", 0): 35.0},
    ),
    # 36.5 days of 100 t/year are 10 t.
    "stock_cover": (
        ("cc-plant", "magnet", 0),
        {
            ("allocated", "cc-plant", "magnet", "magnet", 0): 4.6,
            ("allocated", "cc-plant", "magnet", "magnet-lean", 0): 5.0,
            ("cover_breach", "cc-plant", "magnet", 0): 0.9,
        },
        {
            ("allocated", "cc-plant", "magnet", "magnet", 0): 4.5,
            ("allocated", "cc-plant", "magnet", "magnet-lean", 0): 5.0,
            ("cover_breach", "cc-plant", "magnet", 0): 0.9,
        },
    ),
    "cover_counted_once": (
        ("cc-plant", "magnet-lean", 0),
        {
            ("allocated", "cc-plant", "magnet", "magnet-lean", 0): 5.0,
            ("stock", "cc-plant", "magnet-lean", "clean", 0): 3.0,
            ("stock", "cc-plant", "magnet-lean", "aa-content", 0): 2.0,
        },
        {
            ("allocated", "cc-plant", "magnet", "magnet-lean", 0): 5.01,
            ("stock", "cc-plant", "magnet-lean", "clean", 0): 3.0,
            ("stock", "cc-plant", "magnet-lean", "aa-content", 0): 2.0,
        },
    ),
    # Half of the 10 t; a tonne of the lean grade stands for 0.9.
    "cover_by_substitute": (
        ("cc-plant", "magnet", "magnet-lean", 0),
        {("allocated", "cc-plant", "magnet", "magnet-lean", 0): 5 / 0.9},
        {("allocated", "cc-plant", "magnet", "magnet-lean", 0): 5 / 0.9 + 0.01},
    ),
    "reserve_kept": (
        ("cc-plant", "magnet", 1),
        {("stock", "cc-plant", "magnet", "clean", 1): 3.0, ("reserve_breach", "cc-plant", "magnet", 1): 2.0},
        {("stock", "cc-plant", "magnet", "clean", 1): 3.0, ("reserve_breach", "cc-plant", "magnet", 1): 1.9},
    ),
    "terminal_stock": (
        ("cc-plant", "magnet"),
        {("stock", "cc-plant", "magnet", "clean", 1): 8.0, ("terminal_breach", "cc-plant", "magnet"): 2.0},
        {("stock", "cc-plant", "magnet", "clean", 0): 8.0, ("terminal_breach", "cc-plant", "magnet"): 2.0},
    ),
    # Of what leaves evenly through 275 days, 9 days are under way at their end.
    "goods_coming": (
        ("cc-plant", "magnet"),
        {
            ("ship", "bb-press", "cc-plant", "magnet", "clean", "", 1): 275.0,
            ("coming", "cc-plant", "magnet"): 9.0,
        },
        {
            ("ship", "bb-press", "cc-plant", "magnet", "clean", "", 1): 275.0,
            ("coming", "cc-plant", "magnet"): 9.01,
        },
    ),
    "closing_stock": (
        ("cc-plant", "magnet"),
        {
            ("stock", "cc-plant", "magnet", "clean", 1): 6.0,
            ("coming", "cc-plant", "magnet"): 2.0,
            ("closing", "cc-plant", "magnet"): 8.0,
        },
        {
            ("stock", "cc-plant", "magnet", "clean", 1): 6.0,
            ("coming", "cc-plant", "magnet"): 2.0,
            ("closing", "cc-plant", "magnet"): 8.1,
        },
    ),
    # A tonne taken at 60,000 USD, two paid for and not taken, and a fee of 1,000 for 2 t/year over a year.
    "volume_definition": (
        ("spend-aa", "horizon"),
        {
            ("take", "bb-dy-long", 0): 1.0,
            ("unpaid", "bb-dy-long", 1): 2.0,
            ("reserve", "bb-dy-long"): 2.0,
            ("volume", "spend-aa", "horizon"): 182_000.0,
        },
        {
            ("take", "bb-dy-long", 0): 1.0,
            ("unpaid", "bb-dy-long", 1): 2.0,
            ("reserve", "bb-dy-long"): 2.0,
            ("volume", "spend-aa", "horizon"): 60_000.0,
        },
    ),
    # Of 3 t delivered 1 t is claimed for others.
    "member_volume": (
        ("share-each", "AD", "2027"),
        {("serve", *SERVED, 0): 3.0, ("part", *SHARED, "serve", *AT_PLANT, 0): 1.0, (*AD_SHARE, "2027"): 2.0},
        {("serve", *SERVED, 0): 3.0, ("part", *SHARED, "serve", *AT_PLANT, 0): 1.0, (*AD_SHARE, "2027"): 3.0},
    ),
    "part_within_flow": (
        (*SHARED, "serve", *AT_PLANT, 0),
        {("serve", *SERVED, 0): 3.0, ("part", *SHARED, "serve", *AT_PLANT, 0): 3.0},
        {("serve", *SERVED, 0): 3.0, ("part", *SHARED, "serve", *AT_PLANT, 0): 3.1},
    ),
    # The opening stock has no supplier.
    "parts_make_whole": (
        ("hhi-makers", "serve", *AT_PLANT, 0),
        {
            ("serve", *SERVED, 0): 3.0,
            ("part", "hhi-makers", "aa-press", "serve", *AT_PLANT, 0): 1.0,
            ("part", "hhi-makers", "bb-press", "serve", *AT_PLANT, 0): 1.5,
            ("part", "hhi-makers", "nobody", "serve", *AT_PLANT, 0): 0.5,
        },
        {
            ("serve", *SERVED, 0): 3.0,
            ("part", "hhi-makers", "aa-press", "serve", *AT_PLANT, 0): 1.0,
            ("part", "hhi-makers", "bb-press", "serve", *AT_PLANT, 0): 1.5,
        },
    ),
    # 3 t are bought from a friend.
    "part_balance": (
        (*FLOOR, "BB hub", "nd-oxide", 0),
        {("buy", "bb-nd", 0): 3.0, ("part", *FLOOR, "eat", "BB hub", "", "nd-oxide", "", 0): 3.0},
        {("buy", "bb-nd", 0): 3.0, ("part", *FLOOR, "eat", "BB hub", "", "nd-oxide", "", 0): 3.1},
    ),
    # The days of stock reach back to the first day: 15 t were there, and 8 t came, of no supplier that is known.
    "turnover": (
        ("volume-press", "aa-press", "cc-plant", "magnet", 0),
        {("part", "volume-press", "aa-press", "stock", *AT_PLANT, 0): 23.0},
        {("part", "volume-press", "aa-press", "stock", *AT_PLANT, 0): 23.1},
    ),
    # Of 3 t that were inside others 2 t go out; 1 t stays.
    "chain_step": (
        (*CHAIN, 1),
        {("chain", *CHAIN, 0): 3.0, ("chain_used", *CHAIN, 1): 2.0, ("chain", *CHAIN, 1): 1.0},
        {("chain", *CHAIN, 0): 3.0, ("chain_used", *CHAIN, 1): 2.0, ("chain", *CHAIN, 1): 0.9},
    ),
    # 440 kg of oxide in a tonne.
    "chain_room": (
        (*CHAIN, 0),
        {("held", "magnet", 0): 10.0, ("chain", *CHAIN, 0): 4.4},
        {("held", "magnet", 0): 10.0, ("chain", *CHAIN, 0): 4.5},
    ),
    "chain_delivered": (
        (*FLOOR, 0),
        {("serve", *SERVED, 0): 10.0, ("chain_used", *FLOOR, 0): 4.4},
        {("serve", *SERVED, 0): 10.0, ("chain_used", *FLOOR, 0): 4.5},
    ),
    # 3 t of others were drawn in the days of stock.
    "chain_turnover": (
        (*CHAIN, 0),
        {
            ("held", "magnet", 0): 10.0,
            ("part", *CHAIN, "eat", "BB hub", "", "nd-oxide", "", 0): 3.0,
            ("chain", *CHAIN, 0): 1.4,
        },
        {
            ("held", "magnet", 0): 10.0,
            ("part", *CHAIN, "eat", "BB hub", "", "nd-oxide", "", 0): 3.0,
            ("chain", *CHAIN, 0): 1.3,
        },
    ),
    "held_definition": (
        ("magnet", 0),
        {("stock", "cc-plant", "magnet", "clean", 0): 5.0, ("held", "magnet", 0): 5.0},
        {("stock", "cc-plant", "magnet", "clean", 0): 5.0, ("held", "magnet", 0): 4.9},
    ),
    "kept_there": (
        FLOOR,
        {("chain", *FLOOR, 1): 2.0, ("kept", *FLOOR): 2.0},
        {("chain", *FLOOR, 1): 2.0, ("kept", *FLOOR): 2.1},
    ),
    # 10 t of magnets are wanted; 5 t are missing.
    "kept_wanted": (
        FLOOR,
        {("terminal_breach", "cc-plant", "magnet"): 5.0, ("kept", *FLOOR): 2.2},
        {("terminal_breach", "cc-plant", "magnet"): 5.0, ("kept", *FLOOR): 2.3},
    ),
    "group_share": (
        ("share-each", "AD", "2027"),
        {
            ("member", "share-each", "AD", "2027"): 7.0,
            ("volume", "share-each", "2027"): 10.0,
            ("breach", "share-each", "AD", "2027"): 1.0,
        },
        {
            ("member", "share-each", "AD", "2027"): 7.1,
            ("volume", "share-each", "2027"): 10.0,
            ("breach", "share-each", "AD", "2027"): 1.0,
        },
    ),
    # 90 t/year in the first quarter.
    "group_volume": (
        ("volume-press", "aa-press", "2027Q1"),
        {
            ("member", "volume-press", "aa-press", "2027Q1"): 90 * YEARS[0] + 1,
            ("breach", "volume-press", "aa-press", "2027Q1"): 1.0,
        },
        {
            ("member", "volume-press", "aa-press", "2027Q1"): 90 * YEARS[0] + 1,
            ("breach", "volume-press", "aa-press", "2027Q1"): 0.9,
        },
    ),
    "group_spend": (
        ("spend-aa", "AD", "horizon"),
        {("member", "spend-aa", "AD", "horizon"): 2_000_010.0, ("breach", "spend-aa", "AD", "horizon"): 10.0},
        {("member", "spend-aa", "AD", "horizon"): 2_000_010.0, ("breach", "spend-aa", "AD", "horizon"): 9.0},
    ),
    # A tangent at a share of 0.5: 6 of 10 t count at least 3.5.
    "square_tangent": (
        ("hhi-makers", "aa-press", "horizon", 2),
        {
            ("square", "hhi-makers", "aa-press", "horizon"): 3.5,
            ("member", "hhi-makers", "aa-press", "horizon"): 6.0,
            ("volume", "hhi-makers", "horizon"): 10.0,
        },
        {
            ("square", "hhi-makers", "aa-press", "horizon"): 3.4,
            ("member", "hhi-makers", "aa-press", "horizon"): 6.0,
            ("volume", "hhi-makers", "horizon"): 10.0,
        },
    ),
    "hhi_limit": (
        ("hhi-makers", "everybody", "horizon"),
        {
            ("square", "hhi-makers", "aa-press", "horizon"): 3.6,
            ("square", "hhi-makers", "bb-press", "horizon"): 1.6,
            ("volume", "hhi-makers", "horizon"): 10.0,
            ("breach", "hhi-makers", "everybody", "horizon"): 2.2,
        },
        {
            ("square", "hhi-makers", "aa-press", "horizon"): 3.6,
            ("square", "hhi-makers", "bb-press", "horizon"): 1.6,
            ("volume", "hhi-makers", "horizon"): 10.0,
        },
    ),
    # 6 t of swarf a year.
    "sale_capacity": (
        ("swarf", "AD", "", 0),
        {("sell", *SWARF, 0): 6 * YEARS[0]},
        {("sell", *SWARF, 0): 6 * YEARS[0] + 0.01},
    ),
    # A tenth of what is pressed in BB is swarf, which must be treated there.
    "treated": (
        ("bb-press", "swarf", "clean", 0),
        {("run", *BB_LOT, 0): 10.0, ("sell", "swarf", "BB", "", "bb-press", "clean", 0): 1.0},
        {("run", *BB_LOT, 0): 10.0, ("sell", "swarf", "BB", "", "bb-press", "clean", 0): 0.9},
    ),
    # 1 t falls beside 10 t of magnets that are wanted; what is treated in BB does not count.
    "sold_left_over": (
        "swarf",
        {("sell", *SWARF, 0): 1.0, ("sell", "swarf", "BB", "", "bb-press", "clean", 0): 5.0, (*MADE, 1): 10.0},
        {("sell", *SWARF, 0): 1.0, (*MADE, 1): 9.9},
    ),
    "wanted_runs": (
        ("aa-press", "press-magnet", 1),
        {("run", *AA_LOT, 1): 6.0, (*MADE, 1): 6.0},
        {("run", *AA_LOT, 0): 1.0, ("run", *AA_LOT, 1): 5.9, (*MADE, 1): 6.0},
    ),
    "wanted_moves": (
        ("aa-press", "cc-plant", "magnet", "", 1),
        {("ship", *LANE, 1): 5.0, (*MOVED, 1): 5.0},
        {("ship", *LANE, 1): 5.0, (*MOVED, 1): 5.1},
    ),
    # The terminal stock of 10 t is below the opening stock of 15 t, so none is built.
    "wanted_stocks": (
        ("cc-plant", "magnet", 0),
        {("stock", "cc-plant", "magnet", "clean", 0): 3.0, ("wanted_stock", "cc-plant", "magnet", 0): 3.0},
        {("stock", "cc-plant", "magnet", "clean", 0): 3.0, ("wanted_stock", "cc-plant", "magnet", 0): 3.1},
    ),
    # Half of what leaves in the first 90 days is there by their end, after 45 days; of 4 t, 2 t, and 1 t is kept.
    "wanted_goods": (
        ("cc-plant", "magnet", 0),
        {(*MOVED, 0): 4.0, ("serve", *SERVED, 0): 1.0, ("wanted_stock", "cc-plant", "magnet", 0): 1.0},
        {(*MOVED, 0): 4.1, ("serve", *SERVED, 0): 1.0, ("wanted_stock", "cc-plant", "magnet", 0): 1.0},
    ),
}
