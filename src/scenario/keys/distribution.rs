//! Distributions as people write them, of lengths of time and of sizes.

use crate::scenario::shape::{
    ANY_DURATION, Kind, Names, POSITIVE_DURATION, POSITIVE_NUMBER, Shape, Types, default, optional, required,
};

/// The families of distributions over one kind of value.
macro_rules! families {
    ($own:ident, $types:ident, $table:ident, $any:expr, $positive:expr, $unit:literal) => {
        static $types: Types = Types { text: Some($any), number: None, table: Some(Kind::OneOf(&$table)), list: None };

        #[doc = concat!("A distribution of ", $unit, ": a bare value is a constant.")]
        pub(crate) const $own: Kind = Kind::ByType(&$types);

        static $table: Shape = Shape {
            name: concat!("distribution of ", $unit),
            doc: concat!("A distribution of ", $unit, "; a bare value is a constant."),
            fields: &[
                required(
                    "exponential",
                    Kind::ByType({
                        static EITHER: Types =
                            Types { text: Some($positive), number: None, table: Some(Kind::Table(&MEAN)), list: None };
                        static MEAN: Shape = Shape {
                            name: concat!("exponential of ", $unit),
                            doc: "Exponential, by its mean.",
                            fields: &[required("mean", $positive, "Mean.")],
                        };
                        &EITHER
                    }),
                    "Exponential, by its mean.",
                ),
                required(
                    "lognormal",
                    Kind::Variants({
                        static MEDIAN: Shape = Shape {
                            name: concat!("log-normal of ", $unit, " by median and p99"),
                            doc: "Log-normal, by what people know.",
                            fields: &[
                                required("median", $positive, "Median."),
                                required("p99", $positive, "99th percentile, above the median."),
                            ],
                        };
                        static MEAN: Shape = Shape {
                            name: concat!("log-normal of ", $unit, " by mean and cv"),
                            doc: "Log-normal, by its mean and coefficient of variation.",
                            fields: &[
                                required("mean", $positive, "Mean."),
                                required("cv", POSITIVE_NUMBER, "Standard deviation over mean."),
                            ],
                        };
                        static PARAMETERS: Shape = Shape {
                            name: concat!("log-normal of ", $unit, " by parameters"),
                            doc: "Log-normal, by the mean and standard deviation of its logarithm.",
                            fields: &[
                                required(
                                    "mu",
                                    Kind::Number { min: -100.0, max: 100.0 },
                                    "Mean of the logarithm (of seconds or bytes).",
                                ),
                                required("sigma", POSITIVE_NUMBER, "Standard deviation of the logarithm."),
                            ],
                        };
                        &[&MEDIAN, &MEAN, &PARAMETERS]
                    }),
                    "Log-normal.",
                ),
                required(
                    "gamma",
                    Kind::Variants({
                        static MEAN: Shape = Shape {
                            name: concat!("gamma of ", $unit, " by mean and cv"),
                            doc: "Gamma, by its mean and coefficient of variation.",
                            fields: &[
                                required("mean", $positive, "Mean."),
                                required("cv", POSITIVE_NUMBER, "Standard deviation over mean."),
                            ],
                        };
                        static PARAMETERS: Shape = Shape {
                            name: concat!("gamma of ", $unit, " by parameters"),
                            doc: "Gamma, by shape and scale.",
                            fields: &[
                                required("shape", POSITIVE_NUMBER, "Shape."),
                                required("scale", $positive, "Scale."),
                            ],
                        };
                        &[&MEAN, &PARAMETERS]
                    }),
                    "Gamma.",
                ),
                required(
                    "erlang",
                    Kind::Table({
                        static ERLANG: Shape = Shape {
                            name: concat!("erlang of ", $unit),
                            doc: "The sum of exponential stages.",
                            fields: &[
                                required("stages", Kind::Integer { min: 1, max: 10_000 }, "How many stages."),
                                required("mean", $positive, "Mean of the sum."),
                            ],
                        };
                        &ERLANG
                    }),
                    "Erlang: the sum of exponential stages.",
                ),
                required(
                    "uniform",
                    Kind::Table({
                        static UNIFORM: Shape = Shape {
                            name: concat!("uniform of ", $unit),
                            doc: "Uniform between two values.",
                            fields: &[
                                required("low", $any, "Lowest."),
                                required("high", $any, "Highest, above the lowest."),
                            ],
                        };
                        &UNIFORM
                    }),
                    "Uniform between two values.",
                ),
                required(
                    "weibull",
                    Kind::Variants({
                        static MEAN: Shape = Shape {
                            name: concat!("weibull of ", $unit, " by mean and cv"),
                            doc: "Weibull, by its mean and coefficient of variation.",
                            fields: &[
                                required("mean", $positive, "Mean."),
                                required("cv", POSITIVE_NUMBER, "Standard deviation over mean."),
                            ],
                        };
                        static PARAMETERS: Shape = Shape {
                            name: concat!("weibull of ", $unit, " by parameters"),
                            doc: "Weibull, by shape and scale.",
                            fields: &[
                                required("shape", POSITIVE_NUMBER, "Shape."),
                                required("scale", $positive, "Scale."),
                            ],
                        };
                        &[&MEAN, &PARAMETERS]
                    }),
                    "Weibull.",
                ),
                required(
                    "pareto",
                    Kind::Table({
                        static PARETO: Shape = Shape {
                            name: concat!("pareto of ", $unit),
                            doc: "Pareto bounded on both sides.",
                            fields: &[
                                required("shape", POSITIVE_NUMBER, "Tail index."),
                                required("low", $positive, "Lowest."),
                                required("high", $positive, "Highest, above the lowest."),
                            ],
                        };
                        &PARETO
                    }),
                    "Pareto, bounded on both sides.",
                ),
                required(
                    "triangular",
                    Kind::Table({
                        static TRIANGULAR: Shape = Shape {
                            name: concat!("triangular of ", $unit),
                            doc: "Triangular.",
                            fields: &[
                                required("low", $any, "Lowest."),
                                required("mode", $any, "Most likely."),
                                required("high", $any, "Highest."),
                            ],
                        };
                        &TRIANGULAR
                    }),
                    "Triangular.",
                ),
                required(
                    "hyperexponential",
                    Kind::Variants({
                        static BRANCH: Shape = Shape {
                            name: concat!("branch of a hyper-exponential of ", $unit),
                            doc: "One exponential of several.",
                            fields: &[
                                required("weight", POSITIVE_NUMBER, "Its weight; weights need not add up to 1."),
                                required("mean", $positive, "Its mean."),
                            ],
                        };
                        static MEAN: Shape = Shape {
                            name: concat!("hyper-exponential of ", $unit, " by mean and cv"),
                            doc: "Two exponentials with balanced means, by mean and coefficient of variation.",
                            fields: &[
                                required("mean", $positive, "Mean."),
                                required("cv", POSITIVE_NUMBER, "Standard deviation over mean, at least 1."),
                            ],
                        };
                        static BRANCHES: Shape = Shape {
                            name: concat!("hyper-exponential of ", $unit, " by branches"),
                            doc: "One of several exponentials.",
                            fields: &[required(
                                "branches",
                                Kind::List { of: &Kind::Table(&BRANCH), min: 1, max: 64 },
                                "The exponentials.",
                            )],
                        };
                        &[&MEAN, &BRANCHES]
                    }),
                    "Hyper-exponential: one of several exponentials.",
                ),
                required(
                    "percentiles",
                    Kind::Map { of: &$any, key: Names::Percentile },
                    "A table of percentiles, linear between them, e.g. { p1 = …, p50 = …, p99 = … }.",
                ),
                required(
                    "samples",
                    Kind::ByType({
                        static EITHER: Types = Types {
                            text: Some(Kind::Text("the path of a CSV file")),
                            number: None,
                            table: Some(Kind::Table(&FILE)),
                            list: None,
                        };
                        static FILE: Shape = Shape {
                            name: concat!("samples of ", $unit),
                            doc: "A CSV file of measured values, in seconds or bytes.",
                            fields: &[
                                required(
                                    "file",
                                    Kind::Text("the path of a CSV file"),
                                    "Path of the file, from the scenario's folder.",
                                ),
                                optional(
                                    "column",
                                    Kind::Text("the name of a column"),
                                    "the first column",
                                    "Column of the values, named in the header.",
                                ),
                                default(
                                    "scale",
                                    POSITIVE_NUMBER,
                                    "1.0",
                                    "Multiplies every value, e.g. 0.001 for milliseconds.",
                                ),
                            ],
                        };
                        &EITHER
                    }),
                    "Measured values, one a row of a CSV file, in seconds or bytes.",
                ),
                required(
                    "mixture",
                    Kind::List {
                        of: &Kind::Table({
                            static PART: Shape = Shape {
                                name: concat!("part of a mixture of ", $unit),
                                doc: "One distribution of several.",
                                fields: &[
                                    required("weight", POSITIVE_NUMBER, "Its weight; weights need not add up to 1."),
                                    required("of", Kind::ByType(&$types), "The distribution."),
                                ],
                            };
                            &PART
                        }),
                        min: 1,
                        max: 64,
                    },
                    "One of several distributions.",
                ),
                required(
                    "shifted",
                    Kind::Table({
                        static SHIFTED: Shape = Shape {
                            name: concat!("shifted distribution of ", $unit),
                            doc: "A constant added to a distribution.",
                            fields: &[
                                required("by", $any, "The constant."),
                                required("of", Kind::ByType(&$types), "The distribution."),
                            ],
                        };
                        &SHIFTED
                    }),
                    "A constant added to a distribution.",
                ),
            ],
        };
    };
}

families!(TIME, TIME_TYPES, TIME_FAMILIES, ANY_DURATION, POSITIVE_DURATION, "time");
families!(SIZE, SIZE_TYPES, SIZE_FAMILIES, Kind::Bytes, Kind::Bytes, "size");
