"""What kinds of details a message may hold; imports nothing, so both halves use it."""

HAMLET = "hamlet"
PLACE = "place"
TIME = "time"
MONEY = "money"
PHONE = "phone"
PLATE = "plate"
IDENTITY_NUMBER = "identity_number"
BANK_ACCOUNT = "bank_account"
ADDRESS = "address"
EMAIL = "email"
PERSON = "person"
MARKING = "secret_marking"
DOUBTFUL_LINK = "doubtful_link"

ALL = frozenset(
    {
        HAMLET,
        PLACE,
        TIME,
        MONEY,
        PHONE,
        PLATE,
        IDENTITY_NUMBER,
        BANK_ACCOUNT,
        ADDRESS,
        EMAIL,
        PERSON,
        MARKING,
        DOUBTFUL_LINK,
    }
)

NUMBERS_OF_A_PERSON = frozenset({PHONE, PLATE, IDENTITY_NUMBER, BANK_ACCOUNT})
"""By each of these somebody can be found."""

PERSONAL = NUMBERS_OF_A_PERSON | {ADDRESS, EMAIL, PERSON}
"""What is masked before a text leaves the installation."""

MODERATED = NUMBERS_OF_A_PERSON | {EMAIL, MARKING, DOUBTFUL_LINK}
"""What the moderation of a group asks after."""
