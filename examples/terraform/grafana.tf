# The dashboards of ../grafana in a Grafana that Terraform manages.
terraform {
  required_providers {
    grafana = { source = "grafana/grafana", version = "~> 4.0" }
  }
}

resource "grafana_folder" "warmspare" {
  title = "Warmspare"
}

resource "grafana_dashboard" "warmspare" {
  for_each    = toset(["overview", "chain", "service"])
  folder      = grafana_folder.warmspare.uid
  config_json = file("${path.module}/../grafana/${each.key}.json")
}
