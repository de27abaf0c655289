// What the OpenTelemetry Operator has Node.js require before the app. It hooks ES modules as well as CommonJS.
require('@warmspare/instrumentation/register');
