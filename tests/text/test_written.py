"""Spoken → ITN, one line a pair."""

from __future__ import annotations

import pytest

from tests.text.heard_words import formatted

CARDINALS = """
one = one
nine = nine
ten = 10
twenty five = 25
twenty-five = 25
ninety nine bottles = 99 bottles
one hundred = 100
one hundred and five = 105
a hundred and twenty people = 120 people
a hundred people = a hundred people
a thousand times = a thousand times
hundreds of people = hundreds of people
nine hundred ninety nine = 999
two thousand five hundred = 2500
twelve thousand = 12,000
one hundred twenty three thousand four hundred fifty six = 123,456
two million people = 2 million people
two million three hundred thousand = 2,300,000
seven billion = 7 billion
fifteen hundred = 1500
two thousand and six = 2006
three or four people = three or four people
five to ten people = 5 to 10 people
between five and fifty = between 5 and 50
two hundred and three hundred = 200 and 300
thirty forty = 30 40
ten of clubs = 10 of clubs
four queen of clubs = four queen of clubs
one of the best = one of the best
no one came = no one came
one day = one day
zero = zero
"""

DECIMALS_AND_FRACTIONS = """
the answer is six point five = the answer is 6.5
three point one four one five nine = 3.14159
zero point five = 0.5
version two point oh = version 2.0
two point five million = 2.5 million
point of view = point of view
point five percent = 0.5%
at this point five miles on = at this point 5 miles on
at one point two people left = at one point two people left
three and a half = 3 1/2
two and three quarters = 2 3/4
one half = 1/2
two thirds of us = 2/3 of us
three quarters = 3/4
half of it = half of it
two seconds = two seconds
one second please = one second please
a quarter = a quarter
"""

ORDINALS = """
second floor = second floor
the third time = the third time
the tenth time = the 10th time
the twenty first century = the 21st century
the twelfth man = the 12th man
one hundred and first = 101st
the hundredth time = the hundredth time
a thirty second timeout = a 30 second timeout
first things first = first things first
"""

MONEY = """
that will cost nine hundred dollars = that will cost $900
a hundred dollars = $100
one dollar = $1
a dollar = a dollar
five dollars and twenty cents = $5.20
five dollars twenty cents = $5.20
fifty cents = $0.50
my two cents = my two cents
twenty euros = €20
two million dollars = $2 million
two and a half million dollars = $2.5 million
a million dollars = $1 million
five hundred thousand dollars = $500,000
a twenty dollar bill = a $20 bill
two twenty dollar bills = two $20 bills
half a million dollars = half a million dollars
five pounds of sugar = 5 pounds of sugar
twenty bucks = 20 bucks
"""

PERCENT_AND_MEASURES = """
seventy five percent = 75%
five percent = 5%
a hundred percent = 100%
six point five per cent = 6.5%
a twelve ounce latte = a 12 ounce latte
five miles = 5 miles
ten meters = 10 meters
thirty miles per hour = 30 miles per hour
minus five degrees = minus 5 degrees
five minutes = five minutes
two cups of flour = 2 cups of flour
"""

TIMES = """
the time is six forty five p m = the time is 6:45 PM
ten thirty a m = 10:30 AM
at three thirty = at 3:30
at three oh five = at 3:05
five p m = 5 PM
ten am = 10 AM
a quarter past five = a quarter past five
half past three = half past three
ten past five = ten past five
five o'clock = five o'clock
eleven o'clock = 11 o'clock
i am here = i am here
"""

DATES_AND_YEARS = """
may fifth = may 5th
may fifth twenty twenty four = may 5th 2024
the fifth of may = the 5th of may
july four = july 4
june twenty third = june 23rd
on may first = on may 1st
you may first want to sit = you may first want to sit
you may go on the third = you may go on the third
i may = i may
in march = in march
nineteen eighty four = 1984
nineteen oh five = 1905
two thousand and twenty six = 2026
twenty twenty four = 2024
twenty ten = 2010
ten sixty six = 1066
nineteen hundred = 1900
nineteen eighties = 1980s
the nineteen hundreds = the 1900s
in twelve fifteen = in 1215
twenty twenty vision = 20/20 vision
twenty four seven = 24/7
oh five = oh five
"""

DIGITS_AND_PLACES = """
five five five one two one two = 555-1212
eight hundred five five five one two one two = 800-555-1212
my phone number is one eight hundred four five six eight nine ten = my phone number is 1-800-456-8910
two oh six five five five oh one double two = 206-555-0122
one two three = 123
five five = five five
nine one one = 911
double oh seven = 007
room five = room 5
room three thirty = room 330
flight two oh five = flight 205
press one = press 1
number one = number one
number nine = number 9
chapter three = chapter 3
i live on thirty five lexington avenue = i live on 35 lexington ave
two blocks down the street = two blocks down the street
send it to support at help dot com = send it to support@help.com
look at help dot com = look at help.com
www dot asterisk dot org = www.asterisk.org
dot dot = dot dot
mister jones = mr jones
the doctor said so = the doctor said so
"""


def pairs(*tables: str) -> list[tuple[str, str]]:
    lines = [line for table in tables for line in table.strip().splitlines()]
    return [(spoken, written) for spoken, written in (line.split(" = ") for line in lines)]


@pytest.mark.parametrize(
    ("spoken", "itn"),
    pairs(
        CARDINALS,
        DECIMALS_AND_FRACTIONS,
        ORDINALS,
        MONEY,
        PERCENT_AND_MEASURES,
        TIMES,
        DATES_AND_YEARS,
        DIGITS_AND_PLACES,
    ),
)
def test_spoken_words_become_the_itn(spoken: str, itn: str) -> None:
    assert formatted(spoken).itn == itn


def test_a_pound_is_money_in_british_english() -> None:
    assert formatted("five pounds", "en-GB").itn == "£5"


def test_a_number_does_not_reach_across_a_comma() -> None:
    assert formatted("Twenty, five, or six.").itn == "20 five or six"


def test_a_number_does_not_reach_across_a_sentence() -> None:
    assert formatted("I have twenty. Five are yours.").display == "I have 20. Five are yours."


def test_counting_with_commas_stays_in_words() -> None:
    assert formatted("One, two, three.").display == "One, two, three."


def test_a_telephone_number_reaches_across_the_commas_between_its_groups() -> None:
    text = "My number is one eight hundred, four five six, eight nine ten."
    assert formatted(text).display == "My number is 1-800-456-8910."


def test_a_doctor_with_a_name_gets_a_title() -> None:
    assert formatted("I saw doctor Smith.").display == "I saw Dr. Smith."


def test_may_with_a_capital_inside_a_sentence_is_a_month() -> None:
    assert formatted("See you May first.").display == "See you May 1st."


@pytest.mark.parametrize(
    ("heard", "display"),
    [
        ("i live on thirty five lexington avenue", "I live on 35 Lexington Ave."),
        ("that will cost nine hundred dollars", "That will cost $900."),
        ("the time is six forty five p m", "The time is 6:45 PM."),
        ("send it to support at help dot com", "Send it to support@help.com."),
        ("the answer is six point five", "The answer is 6.5."),
    ],
)
def test_the_examples_of_the_services_documentation_come_out_alike(heard: str, display: str) -> None:
    assert formatted(heard).display == display
