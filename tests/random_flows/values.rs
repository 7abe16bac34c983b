//! Random values of the keys of a scenario, made from its JSON Schema: what is new in the schema is tried here unasked.

use serde_json::Value;
use simctl::kernel::{Purpose, Root};

/// Makes values.
#[derive(Debug)]
pub struct Maker {
    schema: Value,
    draws: Purpose,
    drawn: u64,
}

/// Lengths of time that mean something in a run of a few minutes, and a few that do not.
const TIMES: [&str; 14] =
    ["0s", "1ms", "40ms", "300ms", "1s", "2s", "3s", "7s", "20s", "45s", "60s", "90s", "10m", "4d"];
const SIZES: [&str; 6] = ["1B", "1KB", "3KB", "70KB", "300KB", "1MB"];

impl Maker {
    /// Of this schema; the same seed makes the same values.
    pub fn new(schema: Value, seed: u64) -> Self {
        Self { schema, draws: Root::new(seed, 0).purpose("random flows", "values"), drawn: 0 }
    }

    fn unit(&mut self) -> f64 {
        self.drawn += 1;
        self.draws.draw(self.drawn, 0).unit()
    }

    fn between(&mut self, low: i64, high: i64) -> i64 {
        low + (self.unit() * (high - low + 1) as f64) as i64
    }

    /// A number below `bound`.
    pub fn below(&mut self, bound: usize) -> usize {
        (self.unit() * bound as f64) as usize
    }

    /// True so often.
    pub fn chance(&mut self, odds: f64) -> bool {
        self.unit() < odds
    }

    /// One of a list.
    pub fn pick<T: Copy>(&mut self, list: &[T]) -> T {
        list[self.below(list.len())]
    }

    /// The words of the services that are built: the tables a strategy may have.
    pub fn services(&self) -> Vec<String> {
        let not_services = ["account", "name", "flow"];
        let strategy = self.definition("strategy");
        let keys = strategy["properties"].as_object().expect("a strategy has keys").keys();
        keys.filter(|key| !not_services.contains(&key.as_str())).cloned().collect()
    }

    fn definition(&self, name: &str) -> Value {
        self.schema["definitions"][name].clone()
    }

    fn resolve(&self, node: &Value) -> Value {
        let target = |node: &Value| Some(node.get("$ref")?.as_str()?.rsplit('/').next()?.replace("%20", " "));
        match target(node).or_else(|| target(node.get("allOf")?.get(0)?)) {
            Some(name) => self.definition(&name),
            None => node.clone(),
        }
    }

    /// Values of some keys of a table, as `path.key=value`.
    pub fn table(&mut self, definition: &str, path: &str, odds: f64) -> Vec<String> {
        let table = self.definition(definition);
        self.keys(&table, path, odds)
    }

    /// The same of a function that runs on this platform.
    pub fn function(&mut self, platform: &str, path: &str, odds: f64) -> Vec<String> {
        let variants = self.definition("functions")["anyOf"].as_array().cloned().unwrap_or_default();
        let of_platform = |variant: &&Value| {
            let tag = &variant["properties"]["platform"];
            tag["const"] == platform
                || tag["enum"].as_array().is_some_and(|words| words.iter().any(|word| word == platform))
        };
        let variant = variants.iter().map(|variant| self.resolve(variant)).collect::<Vec<_>>();
        let variant = variant.iter().find(of_platform).expect("every platform has its variant").clone();
        self.keys(&variant, path, odds)
    }

    /// The kinds of faults.
    pub fn fault_kinds(&self) -> Vec<String> {
        let variants = self.definition("fault")["anyOf"].as_array().cloned().unwrap_or_default();
        variants
            .iter()
            .filter_map(|variant| Some(variant["properties"]["kind"]["const"].as_str()?.to_owned()))
            .collect()
    }

    /// The keys that a fault of a kind must have besides its name and its times, and values of some others.
    pub fn fault(&mut self, kind: &str, path: &str, odds: f64) -> (String, Vec<String>) {
        let variants = self.definition("fault")["anyOf"].as_array().cloned().unwrap_or_default();
        let of_kind = |variant: &&Value| variant["properties"]["kind"]["const"] == kind;
        let mut variant = variants.iter().find(of_kind).expect("every kind has its variant").clone();
        let required = variant["required"].as_array().cloned().unwrap_or_default();
        let mut text = String::new();
        for key in required.iter().filter_map(Value::as_str).filter(|key| !["name", "kind", "duration"].contains(key)) {
            let value = match key {
                "left" => self.pick(&["{ share = 0.1 }", "{ share = 0.0 }", "{ concurrency = 1 }"]).to_owned(),
                "factor" => self.pick(&["1.0", "3.0", "40.0"]).to_owned(),
                _ => self.value(&variant["properties"][key].clone()).expect("a value"),
            };
            text += &format!("{key} = {value}\n");
        }
        let keys = variant["properties"].as_object_mut().expect("a fault has keys");
        keys.retain(|key, _| {
            !["name", "kind", "start", "schedule", "time-zone", "strategies", "on"].contains(&key.as_str())
        });
        (text, self.keys(&variant, path, odds))
    }

    fn keys(&mut self, table: &Value, path: &str, odds: f64) -> Vec<String> {
        let keys = table["properties"].as_object().cloned().unwrap_or_default();
        let mut values = Vec::new();
        for (key, node) in keys {
            if key == "platform" || !self.chance(odds) {
                continue;
            }
            let inner = self.resolve(&node);
            if inner.get("properties").is_some() {
                values.extend(self.keys(&inner, &format!("{path}.{key}"), odds));
            } else if let Some(value) = self.value(&node) {
                values.push(format!("{path}.{key}={value}"));
            }
        }
        values
    }

    fn value(&mut self, node: &Value) -> Option<String> {
        let is_time = |node: &Value| {
            let name = node.get("$ref").and_then(Value::as_str);
            name.is_some_and(|name| name.ends_with("distribution%20of%20time"))
        };
        if is_time(node) {
            return Some(self.time());
        }
        let node = self.resolve(node);
        if let Some(variants) = node.get("anyOf").and_then(Value::as_array) {
            let variant = variants[self.below(variants.len())].clone();
            return self.value(&variant);
        }
        if let Some(words) = node.get("enum").and_then(Value::as_array) {
            return Some(words[self.below(words.len())].to_string());
        }
        if let Some(word) = node.get("const") {
            return Some(word.to_string());
        }
        match node["type"].as_str()? {
            "boolean" => Some(self.chance(0.5).to_string()),
            "integer" => Some(self.integer(&node)),
            "number" => Some(self.number(&node)),
            "string" => self.text(&node),
            "array" => {
                let values: Option<Vec<String>> = (0..=self.below(2)).map(|_| self.value(&node["items"])).collect();
                Some(format!("[{}]", values?.join(", ")))
            }
            "object" => self.inline_table(&node),
            _ => None,
        }
    }

    fn time(&mut self) -> String {
        let (short, long) = (self.pick(&TIMES[1..8]), self.pick(&TIMES[4..11]));
        match self.below(4) {
            0 => format!("{{ exponential = {{ mean = \"{short}\" }} }}"),
            1 => format!("{{ uniform = {{ low = \"0s\", high = \"{long}\" }} }}"),
            _ => format!("\"{}\"", self.pick(&TIMES[..10])),
        }
    }

    fn integer(&mut self, node: &Value) -> String {
        let (low, high) = (node["minimum"].as_i64().unwrap_or(0), node["maximum"].as_i64().unwrap_or(i64::MAX));
        let near = low.saturating_add(30).min(high);
        let value = match self.below(6) {
            0 => low,
            1 => low.saturating_add(1).min(high),
            2 => self.between(low, high.min(2_000).max(low)),
            _ => self.between(low, near),
        };
        value.to_string()
    }

    fn number(&mut self, node: &Value) -> String {
        if node["maximum"] == 1 || node["maximum"] == 1.0 {
            return self.pick(&["0.0", "0.0", "0.01", "0.1", "0.3", "0.5", "1.0"]).to_owned();
        }
        self.pick(&["0.0", "0.1", "0.5", "1.0", "2.0", "5.0", "40.0", "300.0"]).to_owned()
    }

    /// Texts whose pattern says what they are; names and paths are left alone.
    fn text(&mut self, node: &Value) -> Option<String> {
        let pattern = node["pattern"].as_str()?;
        let text = match pattern {
            _ if pattern.contains("ns|us") => self.pick(&TIMES),
            _ if pattern.contains("KMG") => self.pick(&SIZES),
            _ => return None,
        };
        Some(format!("\"{text}\""))
    }

    fn inline_table(&mut self, node: &Value) -> Option<String> {
        let required: Vec<&str> = node["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let mut entries = Vec::new();
        for (key, node) in node["properties"].as_object()? {
            if required.contains(&key.as_str()) || self.chance(0.4) {
                match self.value(node) {
                    Some(value) => entries.push(format!("\"{key}\" = {value}")),
                    None if required.contains(&key.as_str()) => return None,
                    None => {}
                }
            }
        }
        Some(format!("{{ {} }}", entries.join(", ")))
    }
}
