//! The JSON Schema (draft-07) of scenario files, for editors. It knows the types, the words and the limits of numbers;
//! what spans several keys is checked by the program only.

use serde_json::{Map, Value, json};

use super::{Field, Kind, Names, Need, Shape, Tagged, Types, metrics};
use crate::scenario::graph;
use crate::scenario::keys::{SCENARIO, downstream, function, strategy};
use crate::scenario::tree::Node;

/// The whole schema.
pub(crate) fn document() -> Value {
    let mut writer = Writer { definitions: Map::new() };
    let mut root = writer.object(&[&SCENARIO], Openness::Closed);
    let strategy = writer.strategy();
    writer.definitions.insert("strategy".to_owned(), strategy);
    root["$schema"] = "http://json-schema.org/draft-07/schema#".into();
    root["title"] = "simctl scenario".into();
    root["definitions"] = Value::Object(writer.definitions);
    root
}

/// What a table may hold beside its fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Openness {
    /// Nothing.
    Closed,
    /// Nothing, and none of its fields is required: it overrides another table.
    Partial,
}

/// A length of time, as a pattern.
const DURATION: &str = r"\s*([0-9._]+(e[-+]?[0-9]+)?\s*(ns|us|µs|ms|s|m|min|h|d)\s*)+";

struct Writer {
    definitions: Map<String, Value>,
}

impl Writer {
    fn field(&mut self, field: &Field) -> Value {
        let mut schema = self.kind(&field.kind);
        let source = if field.source.is_empty() { String::new() } else { format!(" {}", field.source) };
        // Beside `$ref`, draft-07 ignores every other key.
        if schema.get("$ref").is_some() {
            schema = json!({ "allOf": [schema] });
        }
        schema["description"] = format!("{}{source}", field.doc).into();
        if let Need::Default(text) = field.need {
            schema["default"] = crate::scenario::explain::json(&Node::of_default(text, ""));
        }
        schema
    }

    fn kind(&mut self, kind: &Kind) -> Value {
        match kind {
            Kind::Duration { .. } => pattern(&format!("^{DURATION}$"), kind),
            Kind::DurationOr(word) => pattern(&format!("^({DURATION}|{word})$"), kind),
            Kind::Memory { .. } | Kind::Bytes => pattern(r"^\s*[0-9._]+(e[-+]?[0-9]+)?\s*([KMG]i?)?B\s*$", kind),
            Kind::Rate => pattern(r"^\s*[0-9._]+(e[-+]?[0-9]+)?\s*/\s*(s|sec|m|min|h|hour|d)\s*$", kind),
            Kind::Probability => json!({ "type": "number", "minimum": 0, "maximum": 1 }),
            Kind::Integer { min, max } => json!({ "type": "integer", "minimum": min, "maximum": max }),
            Kind::Number { min, max } if *min == f64::MIN_POSITIVE => {
                json!({ "type": "number", "exclusiveMinimum": 0, "maximum": max })
            }
            Kind::Number { min, max } => json!({ "type": "number", "minimum": min, "maximum": max }),
            Kind::Text(_) => json!({ "type": "string", "minLength": 1, "maxLength": 1024 }),
            Kind::Json(_) => json!({ "type": "string", "minLength": 1, "maxLength": 262_144 }),
            Kind::Label => json!({ "type": "string", "minLength": 1, "maxLength": 64 }),
            Kind::Slug => json!({ "type": "string", "pattern": "^[a-z0-9-]{1,64}$" }),
            Kind::DateTime | Kind::TimeOfDay => json!({ "type": "string", "title": kind.expects() }),
            Kind::Choice(words) => {
                json!({ "type": "string", "enum": words.iter().map(|word| word.word).collect::<Vec<_>>() })
            }
            Kind::Metric => {
                json!({ "type": "string", "enum": metrics().map(|metric| metric.name).collect::<Vec<_>>() })
            }
            Kind::ByType(types) => self.by_type(types),
            Kind::List { of, min, max } => {
                json!({ "type": "array", "items": self.kind(of), "minItems": min, "maxItems": max })
            }
            Kind::Map { of, key } => {
                let names = match key {
                    Names::Function | Names::Downstream | Names::Label => "^[A-Za-z0-9_-]{1,64}$",
                    Names::Percentile => "^p[0-9.]+$",
                    Names::State => "^.{1,80}$",
                    Names::Error => "^.{1,256}$",
                };
                json!({ "type": "object", "propertyNames": { "pattern": names }, "additionalProperties": self.kind(of) })
            }
            Kind::Table(shape) => self.defined(shape.name, |writer| writer.object(&[shape], Openness::Closed)),
            Kind::Open(_) => json!({ "$ref": "#/definitions/strategy" }),
            Kind::OneOf(shape) => self.defined(shape.name, |writer| {
                let mut object = writer.object(&[shape], Openness::Partial);
                (object["minProperties"], object["maxProperties"]) = (1.into(), 1.into());
                object
            }),
            Kind::Variants(shapes) => {
                let tables: Vec<Value> = shapes
                    .iter()
                    .map(|shape| self.defined(shape.name, |writer| writer.object(&[shape], Openness::Closed)))
                    .collect();
                json!({ "anyOf": tables })
            }
            Kind::Tagged(tagged) => self.defined(tagged.common.name, |writer| writer.tagged(tagged, Openness::Closed)),
        }
    }

    fn by_type(&mut self, types: &Types) -> Value {
        let schemas: Vec<Value> = types.all().map(|kind| self.kind(kind)).collect();
        json!({ "anyOf": schemas })
    }

    /// A reference to a definition, which is made the first time: distributions hold distributions.
    fn defined(&mut self, name: &str, make: impl FnOnce(&mut Self) -> Value) -> Value {
        if !self.definitions.contains_key(name) {
            self.definitions.insert(name.to_owned(), Value::Null);
            let schema = make(self);
            self.definitions.insert(name.to_owned(), schema);
        }
        json!({ "$ref": format!("#/definitions/{}", name.replace(' ', "%20")) })
    }

    fn object(&mut self, shapes: &[&Shape], openness: Openness) -> Value {
        let fields = || shapes.iter().flat_map(|shape| shape.fields);
        let properties: Map<String, Value> = fields().map(|field| (field.name.to_owned(), self.field(field))).collect();
        let required: Vec<&str> =
            fields().filter(|field| matches!(field.need, Need::Required)).map(|field| field.name).collect();
        let mut object = json!({
            "type": "object",
            "description": shapes.last().map_or("", |shape| shape.doc),
            "properties": properties,
            "additionalProperties": false,
        });
        if openness == Openness::Closed && !required.is_empty() {
            object["required"] = required.into();
        }
        object
    }

    fn tagged(&mut self, tagged: &Tagged, openness: Openness) -> Value {
        let variants: Vec<Value> = tagged
            .variants
            .iter()
            .map(|(tag, shape)| {
                let mut object = self.object(&[tagged.common, shape], openness);
                object["properties"][tagged.tag] = json!({ "const": tag, "description": tagged.doc });
                if openness == Openness::Closed && tagged.default != Some(tag) {
                    let required = object["required"].as_array().cloned().unwrap_or_default();
                    object["required"] = required.into_iter().chain([tagged.tag.into()]).collect();
                }
                object
            })
            .collect();
        json!({ "anyOf": variants })
    }

    /// A strategy: further keys are labels of services, functions, or downstreams.
    fn strategy(&mut self) -> Value {
        let mut object = self.object(&[&strategy::STRATEGY], Openness::Closed);
        let overriding = self.tagged(&function::FUNCTION, Openness::Partial);
        let services: Vec<&Shape> = graph::built().filter_map(|composition| composition.shape).collect();
        for &shape in &services {
            object["properties"][shape.name] = self.kind(&Kind::Table(shape));
        }
        object["properties"]["account"] = self.object(&[&function::ACCOUNT], Openness::Partial);
        let mut further: Vec<Value> = services.into_iter().map(|shape| self.kind(&Kind::Table(shape))).collect();
        further.push(overriding);
        further.push(self.object(&[&downstream::DOWNSTREAM], Openness::Partial));
        object["additionalProperties"] = json!({ "anyOf": further });
        object
    }
}

fn pattern(pattern: &str, kind: &Kind) -> Value {
    json!({ "type": "string", "pattern": pattern, "title": kind.expects() })
}
