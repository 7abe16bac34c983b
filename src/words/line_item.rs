//! What AWS puts on the bill, counted in whole units: every row in one table.

use serde::{Deserialize, Serialize};

macro_rules! line_items {
    ($($item:ident $name:literal $service:literal $meaning:literal;)*) => {
        /// One row of the bill. Each is counted in the unit its comment names; the price book turns counts into money.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum LineItem {
            $(#[doc = $meaning] #[serde(rename = $name)] $item,)*
        }

        impl LineItem {
            /// Every row, in the order of the bill: the rows of a service stand together.
            pub const ALL: [Self; [$($name),*].len()] = [$(Self::$item),*];

            /// Its name in reports and in the price book, as it is serialised.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$item => $name,)* }
            }

            /// The service on whose bill it stands.
            #[must_use]
            pub const fn service(self) -> &'static str {
                match self { $(Self::$item => $service,)* }
            }
        }
    };
}

line_items! {
    LambdaRequests "lambda_requests" "lambda"
        "Lambda requests (each run, retries too; throttled requests are free).";
    LambdaX86MbMs "lambda_x86_mb_ms" "lambda"
        "Lambda run time on x86, in MB-ms (billed milliseconds × megabytes of memory).";
    LambdaArmMbMs "lambda_arm_mb_ms" "lambda"
        "Lambda run time on arm64, in MB-ms.";
    ProvisionedX86MbMs "provisioned_x86_mb_ms" "lambda"
        "Run time on provisioned environments on x86, in MB-ms.";
    ProvisionedArmMbMs "provisioned_arm_mb_ms" "lambda"
        "Run time on provisioned environments on arm64, in MB-ms.";
    ProvisionedReadyX86MbMs "provisioned_ready_x86_mb_ms" "lambda"
        "Provisioned concurrency kept ready on x86, in MB-ms.";
    ProvisionedReadyArmMbMs "provisioned_ready_arm_mb_ms" "lambda"
        "Provisioned concurrency kept ready on arm64, in MB-ms.";
    EventPollerS "event_poller_s" "lambda"
        "Event pollers of an SQS mapping in provisioned mode, in poller-seconds.";
    S3List "s3_list" "s3"
        "S3 PUT, COPY, POST and LIST requests (one a page of a listing).";
    FargateX86CpuUnitS "fargate_x86_cpu_unit_s" "fargate"
        "Processor of Fargate tasks on x86, in CPU units × seconds (1,024 units are a virtual processor).";
    FargateX86MbS "fargate_x86_mb_s" "fargate"
        "Memory of Fargate tasks on x86, in MB × seconds.";
    FargateArmCpuUnitS "fargate_arm_cpu_unit_s" "fargate"
        "Processor of Fargate tasks on arm64, in CPU units × seconds.";
    FargateArmMbS "fargate_arm_mb_s" "fargate"
        "Memory of Fargate tasks on arm64, in MB × seconds.";
    SqsRequests "sqs_requests" "sqs"
        "SQS requests on standard queues (each 64 KB of a call; empty receives too).";
    SqsFifoRequests "sqs_fifo_requests" "sqs"
        "SQS requests on FIFO queues, counted alike.";
    SnsRequests "sns_requests" "sns"
        "SNS publishes (each 64 KB of a message); deliveries to Lambda and SQS are free.";
    EventBridgeEvents "eventbridge_events" "eventbridge"
        "Custom events published to an EventBridge bus (each 64 KB).";
    SchedulerInvocations "scheduler_invocations" "eventbridge"
        "Invocations of EventBridge Scheduler.";
    KinesisShardS "kinesis_shard_s" "kinesis"
        "Shards of provisioned Kinesis streams, in shard-seconds.";
    KinesisPutUnits "kinesis_put_units" "kinesis"
        "Records put into provisioned Kinesis streams (each 25 KB of a record).";
    KinesisFanOutShardS "kinesis_fan_out_shard_s" "kinesis"
        "Consumers with enhanced fan-out, in consumer-shard-seconds.";
    KinesisFanOutKb "kinesis_fan_out_kb" "kinesis"
        "Data read with enhanced fan-out, in KB of 1,024 bytes.";
    DynamoDbWriteUnits "dynamodb_write_units" "dynamodb"
        "DynamoDB write request units on demand (1 KB each; failed conditional writes too).";
    DynamoDbHalfReadUnits "dynamodb_half_read_units" "dynamodb"
        "DynamoDB read request units on demand, in halves (an eventually consistent read of 4 KB is one).";
    ApiHttpRequests "api_http_requests" "api"
        "Requests of API Gateway HTTP APIs (each 512 KB).";
    ApiRestRequests "api_rest_requests" "api"
        "Requests of API Gateway REST APIs.";
    StepTransitions "step_transitions" "step-functions"
        "State transitions of Standard workflows, retries too.";
    StepExpressRequests "step_express_requests" "step-functions"
        "Executions of Express workflows.";
    StepExpressMbMs "step_express_mb_ms" "step-functions"
        "Duration of Express workflows, in MB-ms (each 100 ms × each 64 MB).";
    DurableOperations "durable_operations" "durable"
        "Operations of Lambda durable functions: steps, waits, callbacks, invokes, forks.";
}

impl LineItem {
    /// Its place in [`LineItem::ALL`].
    #[must_use]
    pub const fn index(self) -> usize {
        self as usize
    }
}

/// Counts of every line item. Those of Step Functions are written only where there are some.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(from = "Vec<u128>", into = "Vec<u128>")]
pub struct Usage([u128; LineItem::ALL.len()]);

impl From<Vec<u128>> for Usage {
    fn from(counts: Vec<u128>) -> Self {
        Self(super::padded(counts))
    }
}

impl From<Usage> for Vec<u128> {
    fn from(usage: Usage) -> Self {
        super::trimmed(&usage.0, LineItem::StepTransitions.index())
    }
}

impl Usage {
    /// Adds `count` units of a row.
    pub fn add(&mut self, row: LineItem, count: u128) {
        self.0[row.index()] += count;
    }

    /// Adds every row of another count.
    pub fn merge(&mut self, other: &Self) {
        for (count, more) in self.0.iter_mut().zip(other.0) {
            *count += more;
        }
    }

    /// The count of a row.
    #[must_use]
    pub const fn count(&self, row: LineItem) -> u128 {
        self.0[row.index()]
    }

    /// All counts, in the order of [`LineItem::ALL`].
    #[must_use]
    pub const fn counts(&self) -> &[u128; LineItem::ALL.len()] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_have_names_of_their_own_keep_their_places_and_stand_by_service() {
        for (index, row) in LineItem::ALL.into_iter().enumerate() {
            assert_eq!(row.index(), index);
            assert_eq!(LineItem::ALL.iter().filter(|other| other.name() == row.name()).count(), 1, "{}", row.name());
            assert_eq!(serde_json::to_value(row).unwrap(), row.name());
        }
        let mut services = LineItem::ALL.map(LineItem::service).to_vec();
        services.dedup();
        let (count, mut sorted) = (services.len(), services);
        sorted.sort_unstable();
        sorted.dedup();
        assert_eq!(sorted.len(), count, "the rows of a service stand together");
    }
}
