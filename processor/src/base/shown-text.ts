/**
 * Text from spans on its way to a person: characters that a terminal obeys, that turn the direction of what follows or that break a line
 * are written as the escapes of JSON. https://www.unicode.org/reports/tr36/#Bidirectional_Text_Spoofing
 */

/** C1 controls, DEL, marks and overrides of direction, separators of lines, the byte order mark: never part of what we write. */
const NEVER_OURS = /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it is for.
const CONTROLS = /[\u0000-\u001f]/g;

const escaped = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;

/** Of one line: a name, a model, an error. */
export function shownText(text: string): string {
  return shownOutput(text.replace(CONTROLS, escaped));
}

/** Of all that is written, colours and ends of lines among it. In JSON it changes no value. */
export function shownOutput(text: string): string {
  return text.replace(NEVER_OURS, escaped);
}

/** Every text in a document of plain JSON. */
export function shownDocument<T>(document: T): T {
  return JSON.parse(JSON.stringify(document), (_, value: unknown) =>
    typeof value === 'string' ? shownText(value) : value,
  ) as T;
}

/** URLs without their user and password. */
export function withoutUserInfo(text: string): string {
  return text.replace(/:\/\/[^\s/@"']*@/g, '://***@');
}
