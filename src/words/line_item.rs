//! What AWS puts on the bill, counted in whole units.

use serde::{Deserialize, Serialize};

/// One row of the bill. Each is counted in the unit its comment names; the price book turns counts into money.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LineItem {
    /// Lambda requests (each run, retries too; throttled requests are free).
    LambdaRequests,
    /// Lambda run time on x86, in MB-ms (billed milliseconds × megabytes of memory).
    LambdaX86MbMs,
    /// Lambda run time on arm64, in MB-ms.
    LambdaArmMbMs,
    /// Run time on provisioned environments on x86, in MB-ms.
    ProvisionedX86MbMs,
    /// Run time on provisioned environments on arm64, in MB-ms.
    ProvisionedArmMbMs,
    /// Provisioned concurrency kept ready on x86, in MB-ms.
    ProvisionedReadyX86MbMs,
    /// Provisioned concurrency kept ready on arm64, in MB-ms.
    ProvisionedReadyArmMbMs,
    /// S3 LIST requests (one a page).
    S3List,
    /// Processor of Fargate tasks on x86, in CPU units × seconds (1,024 units are a virtual processor).
    FargateX86CpuUnitS,
    /// Memory of Fargate tasks on x86, in MB × seconds.
    FargateX86MbS,
    /// Processor of Fargate tasks on arm64, in CPU units × seconds.
    FargateArmCpuUnitS,
    /// Memory of Fargate tasks on arm64, in MB × seconds.
    FargateArmMbS,
    /// SQS requests on standard queues (each 64 KB of a call; empty receives too).
    SqsRequests,
}

impl LineItem {
    /// Every row, in the order of the bill.
    pub const ALL: [Self; 13] = [
        Self::LambdaRequests,
        Self::LambdaX86MbMs,
        Self::LambdaArmMbMs,
        Self::ProvisionedX86MbMs,
        Self::ProvisionedArmMbMs,
        Self::ProvisionedReadyX86MbMs,
        Self::ProvisionedReadyArmMbMs,
        Self::S3List,
        Self::FargateX86CpuUnitS,
        Self::FargateX86MbS,
        Self::FargateArmCpuUnitS,
        Self::FargateArmMbS,
        Self::SqsRequests,
    ];

    /// Its name in reports and in the price book, as it is serialised.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::LambdaRequests => "lambda_requests",
            Self::LambdaX86MbMs => "lambda_x86_mb_ms",
            Self::LambdaArmMbMs => "lambda_arm_mb_ms",
            Self::ProvisionedX86MbMs => "provisioned_x86_mb_ms",
            Self::ProvisionedArmMbMs => "provisioned_arm_mb_ms",
            Self::ProvisionedReadyX86MbMs => "provisioned_ready_x86_mb_ms",
            Self::ProvisionedReadyArmMbMs => "provisioned_ready_arm_mb_ms",
            Self::S3List => "s3_list",
            Self::FargateX86CpuUnitS => "fargate_x86_cpu_unit_s",
            Self::FargateX86MbS => "fargate_x86_mb_s",
            Self::FargateArmCpuUnitS => "fargate_arm_cpu_unit_s",
            Self::FargateArmMbS => "fargate_arm_mb_s",
            Self::SqsRequests => "sqs_requests",
        }
    }

    /// Its place in [`LineItem::ALL`].
    #[must_use]
    pub const fn index(self) -> usize {
        self as usize
    }
}

/// Counts of every line item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Usage([u128; LineItem::ALL.len()]);

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
