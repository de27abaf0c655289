/**
 * The fields of OTLP/JSON messages. A message that lacks what it is for because its keys are spelled otherwise (snake_case, the names of Go
 * structs), or that has keys but no known one, is a MalformedRequest: it would be acknowledged and dropped. Single unknown fields are ignored.
 * A message about them names known fields only, nothing of what was sent.
 */
import { type Fields, isSet } from './json-values.ts';
import { MalformedRequest } from './malformed.ts';

/** Fields by their names without case and punctuation. */
type KnownFields = ReadonlyMap<string, string>;

const known = (...names: readonly string[]): KnownFields => new Map(names.map((name) => [plain(name), name]));

const plain = (key: string): string => key.replaceAll(/[_-]/g, '').toLowerCase();

type Message = 'request' | 'resourceSpans' | 'scopeSpans' | 'span' | 'keyValue' | 'anyValue';

export const FIELDS: Readonly<Record<Message, KnownFields>> = {
  request: known('resourceSpans'),
  resourceSpans: known('resource', 'scopeSpans', 'instrumentationLibrarySpans', 'schemaUrl'),
  scopeSpans: known('scope', 'instrumentationLibrary', 'spans', 'schemaUrl'),
  /** Those that the stages read. */
  span: known('traceId', 'spanId', 'parentSpanId', 'startTimeUnixNano', 'endTimeUnixNano'),
  keyValue: known('key', 'value'),
  anyValue: known('stringValue', 'boolValue', 'intValue', 'doubleValue', 'arrayValue', 'kvlistValue', 'bytesValue'),
};

/** What else is sent by OTLP, by the field of its requests. */
const OTHER_SIGNALS: KnownFields = new Map([
  ['resourcelogs', 'logs'],
  ['resourcemetrics', 'metrics'],
  ['resourceprofiles', 'profiles'],
]);

export function refuseOtherSpelling(fields: Fields, message: KnownFields, path: string): void {
  for (const [key, value] of Object.entries(fields)) {
    const name = isSet(value) ? message.get(plain(key)) : undefined;
    if (name !== undefined && name !== key && !isSet(fields[name]))
      throw new MalformedRequest(
        `${path} has its field ${name} in another spelling (OTLP/JSON keys are lowerCamelCase)`,
      );
  }
}

export function refuseUnknownFields(fields: Fields, message: KnownFields, path: string): void {
  refuseOtherSpelling(fields, message, path);
  const names = Object.keys(fields).filter((name) => isSet(fields[name]));
  if (names.length > 0 && !names.some((name) => message.get(plain(name)) === name))
    throw new MalformedRequest(`${path} has none of the fields ${[...message.values()].join(', ')}`);
}

/** For a body whose resourceSpans are unset. */
export function refuseOtherRequest(fields: Fields): void {
  refuseOtherSpelling(fields, FIELDS.request, 'the body');
  for (const [key, value] of Object.entries(fields)) {
    const signal = isSet(value) ? OTHER_SIGNALS.get(plain(key)) : undefined;
    if (signal !== undefined) throw new MalformedRequest(`the body holds ${signal}, and only traces are taken`);
  }
  if (!('resourceSpans' in fields)) throw new MalformedRequest('the body has no field resourceSpans');
}
