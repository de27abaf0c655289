# The dashboard and the monitors of ../datadog. The provider wants DD_API_KEY and DD_APP_KEY.
terraform {
  required_providers {
    datadog = { source = "DataDog/datadog", version = "~> 3.70" }
  }
}

variable "notify" {
  description = "Whom to tell, as Datadog writes it, such as @slack-llm-oncall."
  type        = string
  default     = ""
}

locals {
  monitors = { for monitor in jsondecode(file("${path.module}/../datadog/monitors.json")) : monitor.name => monitor }
}

resource "datadog_dashboard_json" "warmspare" {
  dashboard = file("${path.module}/../datadog/dashboard.json")
}

resource "datadog_monitor" "warmspare" {
  for_each            = local.monitors
  name                = each.key
  type                = each.value.type
  query               = each.value.query
  message             = join("\n\n", compact([each.value.message, var.notify]))
  priority            = each.value.priority
  tags                = each.value.tags
  include_tags        = each.value.options.include_tags
  require_full_window = each.value.options.require_full_window
  on_missing_data     = each.value.options.on_missing_data

  monitor_thresholds {
    critical = each.value.options.thresholds.critical
  }
}
