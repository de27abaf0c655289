
¯
î

service.name
support-api

service.namespace
acme

service.version
1.4.2
%
deployment.environment.name
prod
"
telemetry.sdk.language
nodejs
%
telemetry.sd