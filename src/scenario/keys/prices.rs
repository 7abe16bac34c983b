//! `[prices]` of a scenario, and the file of a price book.

use crate::scenario::shape::{Kind, Shape, Word, default, optional, required};

/// The largest count that a price file may name: what it multiplies stays far inside 128 bits.
const COUNT_AT_MOST: i64 = 1_000_000_000_000_000;
const COUNT: Kind = Kind::Integer { min: 1, max: COUNT_AT_MOST };
const DOLLARS: Kind = Kind::Text("dollars in quotes such as \"0.20\", with at most 12 decimals");
const WHERE_FROM: Kind = Kind::Text("where the price was read");
const DATE: Kind = Kind::Text("a date such as \"2026-11\"");
const MARK: Kind = Kind::Choice(&[
    Word { word: "doc", doc: "AWS publishes it" },
    Word { word: "measured", doc: "somebody measured it" },
    Word { word: "inferred", doc: "it follows from what is published" },
    Word { word: "own", doc: "it is the user's own, such as a negotiated price" },
]);

/// `[prices]`.
pub(crate) static PRICES: Shape = Shape {
    name: "prices",
    doc: "How counts become money. Prices of one's own are given to a run by `--prices FILE`.",
    fields: &[default(
        "free-tier",
        Kind::Choice(&[
            Word { word: "ignored", doc: "everything is charged: the account has used its free allowances elsewhere" },
            Word {
                word: "granted",
                doc: "each strategy has them to itself, a run of one day a thirtieth of the month's",
            },
        ]),
        "\"ignored\"",
        "Whether AWS's monthly free allowances are taken off the bill.",
    )],
};

/// A price book: the whole of it, or the rows that differ from the embedded one.
pub(crate) static BOOK: Shape = Shape {
    name: "price-book",
    doc: "Prices of a region.",
    fields: &[
        optional("region", Kind::Text("a region such as \"eu-central-1\""), "as embedded", "The region of its rows."),
        optional("written", DATE, "as embedded", "When it was written."),
        default("price", Kind::List { of: &Kind::Table(&ROW), min: 0, max: 256 }, "[]", "The rows of the bill."),
        optional(
            "free",
            Kind::List { of: &Kind::Table(&FREE), min: 0, max: 256 },
            "as embedded",
            "The free allowances a month; where there is the key, there are no others.",
        ),
    ],
};

static ROW: Shape = Shape {
    name: "price",
    doc: "The price of one line of the bill.",
    fields: &[
        required("item", Kind::Text("a line of the bill such as \"lambda_requests\""), "What is priced."),
        required("price", DOLLARS, "Dollars a unit, beyond the tiers where there are any."),
        optional("unit", Kind::Text("a unit such as \"GB-s\""), "as embedded", "The unit that is priced."),
        optional("counts", COUNT, "as embedded", "How many counts of the simulator make the unit."),
        default("tiers", Kind::List { of: &Kind::Table(&TIER), min: 0, max: 16 }, "[]", "Prices by monthly use."),
        optional("region", Kind::Text("a region such as \"eu-central-1\""), "the book's", "Its region."),
        default("source", WHERE_FROM, "\"price file\"", "Where the price was read."),
        optional("date", DATE, "the book's `written`", "When it was read."),
        default("mark", MARK, "\"own\"", "How sure it is."),
    ],
};

static TIER: Shape = Shape {
    name: "tier",
    doc: "A price up to a monthly use.",
    fields: &[
        required("up_to", COUNT, "The monthly use in units up to which it holds."),
        required("price", DOLLARS, "Dollars a unit."),
    ],
};

static FREE: Shape = Shape {
    name: "free",
    doc: "A free monthly allowance that some lines of the bill share.",
    fields: &[
        required(
            "items",
            Kind::List { of: &Kind::Text("a line of the bill such as \"lambda_requests\""), min: 1, max: 64 },
            "Whom it serves, in the order in which they draw on it.",
        ),
        required("units", COUNT, "How much is free, in units of its items."),
        default("source", WHERE_FROM, "\"price file\"", "Where it was read."),
        optional("date", DATE, "the book's `written`", "When it was read."),
        default("mark", MARK, "\"own\"", "How sure it is."),
    ],
};
