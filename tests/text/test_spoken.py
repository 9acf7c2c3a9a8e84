"""Written → lexical, one line a pair."""

from __future__ import annotations

import pytest

from tests.text.heard_words import formatted

PAIRS = """
I'd like a 12-ounce latte. = i'd like a twelve ounce latte
It costs $5.20. = it costs five dollars and twenty cents
$1 = one dollar
$0.50 = fifty cents
$5 million = five million dollars
$2.5M = two point five million dollars
€20 = twenty euros
25% = twenty five percent
12,5 = twelve five
3:30 = three thirty
3:05 PM = three oh five p m
10:00 = ten o'clock
10:00 AM = ten a m
3pm = three p m
6 p.m. = six p m
1st = first
22nd = twenty second
In 1984 = in nineteen eighty four
1905 = nineteen oh five
2006 = two thousand six
2024 = twenty twenty four
1,984 people = one thousand nine hundred eighty four people
the 1990s = the nineteen nineties
the '90s = the nineties
1990-1995 = nineteen ninety to nineteen ninety five
10-12 = ten to twelve
555-1234 = five five five one two three four
(555) 123-4567 = five five five one two three four five six seven
1-800-456-8910 = one eight hundred four five six eight nine one zero
007 = zero zero seven
3.14 = three point one four
-5 = minus five
1/2 = one half
3/4 = three quarters
7/4/2024 = july fourth twenty twenty four
2024-07-04 = july fourth twenty twenty four
24/7 = twenty four seven
½ cup = one half cup
12oz = twelve ounces
5km = five kilometers
1 lb = one lb
5°C = five degrees celsius
#5 = number five
C++ = c plus plus
AT&T = at and t
this & that = this and that
Mr. Smith = mister smith
Mrs. Smith = missus smith
Dr. Jones = doctor jones
St. Louis = saint louis
vs. = versus
U.S. = u s
COVID-19 = covid nineteen
MP3 = mp three
B2B = b two b
NASA = nasa
well-known = well known
don't = don't
don\u2019t = don't
O'Brien = o'brien
rock 'n' roll = rock n roll
"I don't know," = i don't know
and/or = and or
yes - no = yes no
maybe... = maybe
No. = no
café = café
www.asterisk.org = www dot asterisk dot org
support@help.com = support at help dot com
"""


@pytest.mark.parametrize(("written", "spoken"), [line.split(" = ") for line in PAIRS.strip().splitlines()])
def test_written_words_are_said(written: str, spoken: str) -> None:
    assert formatted(written).lexical == spoken


@pytest.mark.parametrize(
    "display",
    [
        "I'd like a 12-ounce latte.",
        "It costs $5.20 at 3 PM, Mr. Smith.",
        "It costs $5 million, not $1.",
        "Call (555) 123-4567 or 555-1234.",
        "In 1984, Mr. Smith was 25% richer; AT&T wasn't.",
        "We met at 10:00 AM. It was 10:00.",
        "The 1st of May, 2024, and May 5th.",
        'He said, "I don\'t know," and left.',
        "I'm from the U.S. and you're from the U.K.",
        "COVID-19 and MP3 and 4K and B2B.",
        "The 1990s and the '90s.",
        "Press 1 to list users, 2 to kick, #5.",
        "Visit www.asterisk.org or mail support@help.com today.",
        "We have 1,984 people and 2 cats.",
        "It's 5°C or 41°F.",
        "Yes - no — maybe... What?",
        "NASA's O'Brien met Ms. McDonald.",
    ],
)
def test_what_the_model_wrote_in_digits_keeps_its_spelling(display: str) -> None:
    assert formatted(display).display == display


def test_digits_before_a_spoken_unit_take_its_sign() -> None:
    assert formatted("It was 5 dollars and 50 percent off.").display == "It was $5 and 50% off."


def test_a_dotted_time_of_day_ends_a_sentence_only_where_one_ends() -> None:
    assert formatted("At 4 p.m. Dr. Jones left. At 5 p.m. he came.").display == (
        "At 4 PM Dr. Jones left. At 5 PM he came."
    )
    assert formatted("It was 4 p.m. Then he left at 5 p.m.").display == "It was 4 PM. Then he left at 5 PM."
