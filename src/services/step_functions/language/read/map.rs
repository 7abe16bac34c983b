//! Map states.

use super::super::json::Document;
use super::super::machine::{Amount, ItemBatcher, ItemReader, Items, Map, MapMode, QueryLanguage};
use super::super::template::Template;
use super::common::has_substitution;
use super::states::SECONDS_AT_MOST;
use super::{Place, Reader};

/// AWS's most items of a distributed Map state.
const ITEMS_AT_MOST: u64 = 100_000_000;

impl Reader {
    pub(super) fn map(
        &mut self,
        path: &str,
        document: &Document,
        language: QueryLanguage,
        inner: Place,
    ) -> Option<Map> {
        let (field, processor) = match (document.get("ItemProcessor"), document.get("Iterator")) {
            (Some(processor), None) => ("ItemProcessor", processor),
            (None, Some(iterator)) => ("Iterator", iterator),
            (Some(_), Some(_)) => {
                self.fault(path, "expected `ItemProcessor` or the older `Iterator`, not both");
                return None;
            }
            (None, None) => {
                self.fault(path, "`ItemProcessor` is missing");
                return None;
            }
        };
        let place = format!("{path}.{field}");
        self.known_fields(&place, processor, &["StartAt", "States", "Comment", "ProcessorConfig", "QueryLanguage"]);
        let inner_language = self.language(&place, processor, language);
        let mode = self.map_mode(&place, processor);
        if document.get("ItemSelector").is_some() && document.get("Parameters").is_some() {
            self.fault(path, "expected `ItemSelector` or the older `Parameters`, not both");
        }
        let selector = if document.get("ItemSelector").is_some() { "ItemSelector" } else { "Parameters" };
        let item_selector = self.template(path, document, selector, language);
        let items = match document.get("ItemsPath") {
            Some(value) => self.path(&format!("{path}.ItemsPath"), value).map(Items::Path),
            None => self.template(path, document, "Items", language).map(Items::Template),
        };
        let max_concurrency = self.amount(path, document, "MaxConcurrency", 0..=SECONDS_AT_MOST, language);
        let tolerated_count = self.amount(path, document, "ToleratedFailureCount", 0..=SECONDS_AT_MOST, language);
        let tolerated_percentage = self.percentage(path, document, "ToleratedFailurePercentage", language);
        let batcher = self.item_batcher(path, document, language);
        let reader = self.item_reader(path, document, language);
        Some(Map {
            processor: self.graph(&place, processor, inner_language, inner)?,
            mode: mode?,
            items,
            reader,
            writer: self.result_writer(path, document, language),
            item_selector,
            max_concurrency: max_concurrency.unwrap_or(Amount::Fixed(0)),
            tolerated_count,
            tolerated_percentage,
            batcher,
        })
    }

    fn map_mode(&mut self, path: &str, processor: &Document) -> Option<MapMode> {
        let Some(config) = processor.get("ProcessorConfig") else { return Some(MapMode::Inline) };
        let place = format!("{path}.ProcessorConfig");
        self.known_fields(&place, config, &["Mode", "ExecutionType"]);
        let (mode, execution) =
            (config.get("Mode").and_then(Document::text), config.get("ExecutionType").and_then(Document::text));
        match (mode, execution) {
            (Some("INLINE") | None, None) => Some(MapMode::Inline),
            (Some("DISTRIBUTED"), Some("STANDARD")) => Some(MapMode::DistributedStandard),
            (Some("DISTRIBUTED"), Some("EXPRESS")) => Some(MapMode::DistributedExpress),
            (Some("DISTRIBUTED"), Some(text)) if has_substitution(text) => Some(MapMode::DistributedStandard),
            (Some("DISTRIBUTED"), _) => {
                self.fault(place, "expected `ExecutionType` with \"STANDARD\" or \"EXPRESS\"");
                None
            }
            _ => {
                self.fault(place, "expected `Mode` with \"INLINE\", or \"DISTRIBUTED\" and an `ExecutionType`");
                None
            }
        }
    }

    fn item_batcher(&mut self, path: &str, document: &Document, language: QueryLanguage) -> Option<ItemBatcher> {
        let batcher = document.get("ItemBatcher")?;
        let place = format!("{path}.ItemBatcher");
        let fields = [
            "MaxItemsPerBatch",
            "MaxItemsPerBatchPath",
            "MaxInputBytesPerBatch",
            "MaxInputBytesPerBatchPath",
            "BatchInput",
        ];
        self.known_fields(&place, batcher, &fields);
        Some(ItemBatcher {
            max_items: self.amount(&place, batcher, "MaxItemsPerBatch", 1..=SECONDS_AT_MOST, language),
            max_bytes: self.amount(&place, batcher, "MaxInputBytesPerBatch", 1..=262_144, language),
            input: self.template(&place, batcher, "BatchInput", language),
        })
    }

    fn result_writer(&mut self, path: &str, document: &Document, language: QueryLanguage) -> Option<Template> {
        let writer = document.get("ResultWriter")?;
        let place = format!("{path}.ResultWriter");
        if !matches!(writer, Document::Table(_)) {
            self.fault(place, format!("expected an object, not {}", writer.kind()));
            return None;
        }
        let field = if language == QueryLanguage::Jsonata { "Arguments" } else { "Parameters" };
        self.known_fields(&place, writer, &["Resource", field, "WriterConfig"]);
        self.template(path, document, "ResultWriter", language)
    }

    fn item_reader(&mut self, path: &str, document: &Document, language: QueryLanguage) -> Option<ItemReader> {
        let reader = document.get("ItemReader")?;
        let place = format!("{path}.ItemReader");
        let field = if language == QueryLanguage::Jsonata { "Arguments" } else { "Parameters" };
        self.known_fields(&place, reader, &["Resource", field, "ReaderConfig"]);
        let config = reader.get("ReaderConfig");
        let Some(resource) = reader.get("Resource").and_then(Document::text) else {
            self.fault(place, "expected an object with `Resource`, the ARN of what reads the items");
            return None;
        };
        Some(ItemReader {
            resource: resource.to_owned(),
            parameters: self.template(&place, reader, field, language),
            max_items: config.and_then(|config| {
                self.amount(&format!("{place}.ReaderConfig"), config, "MaxItems", 0..=ITEMS_AT_MOST, language)
            }),
        })
    }
}
