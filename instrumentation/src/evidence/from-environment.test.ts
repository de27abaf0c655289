import { describe, expect, it, vi } from 'vitest';
import { publishCall } from '../call/channel.ts';
import { evidenceFromEnvironment } from './from-environment.ts';

const PROTO = '@opentelemetry/exporter-trace-otlp-proto';
const HTTP = '@opentelemetry/exporter-trace-otlp-http';

/** An app that has these exporters; each remembers what it was made with. */
function app(...installed: readonly string[]) {
  const made: unknown[] = [];
  const sent = vi.fn((_spans: unknown, done: (result: { code: number }) => void) => done({ code: 0 }));
  const load = (specifier: string): unknown =>
    installed.includes(specifier)
      ? {
          OTLPTraceExporter: class {
            constructor(options: object) {
              made.push({ specifier, ...options });
            }
            export = sent;
            shutdown = (): Promise<void> => Promise.resolve();
          },
        }
      : undefined;
  return { load, made, sent };
}

describe('WARMSPARE_ENDPOINT', () => {
  it("makes the app's own exporter send to the processor", async () => {
    const { load, made, sent } = app(HTTP, PROTO);
    const env = { WARMSPARE_ENDPOINT: 'http://processor:4318/', WARMSPARE_HEADERS: 'authorization=Bearer%20t' };
    const exporter = evidenceFromEnvironment(env, load);
    publishCall({ name: 'a', startTime: 0, endTime: 0, attributes: {} });
    await exporter?.shutdown();
    expect(made).toEqual([
      { specifier: PROTO, url: 'http://processor:4318/v1/traces', headers: { authorization: 'Bearer t' } },
    ]);
    expect(sent).toHaveBeenCalledTimes(1);
  });

  it('does with the JSON exporter where that is the one installed', async () => {
    const { load, made } = app(HTTP);
    await evidenceFromEnvironment({ WARMSPARE_ENDPOINT: 'https://processor' }, load)?.shutdown();
    expect(made).toMatchObject([{ specifier: HTTP, url: 'https://processor/v1/traces' }]);
  });

  it('may name the traces path itself', async () => {
    const { load, made } = app(PROTO);
    await evidenceFromEnvironment({ WARMSPARE_ENDPOINT: 'http://p/base/v1/traces/' }, load)?.shutdown();
    expect(made).toMatchObject([{ url: 'http://p/base/v1/traces' }]);
  });

  it.each([{}, { WARMSPARE_ENDPOINT: '' }])('unset, sends nothing: %o', (env) => {
    const { load, made } = app(PROTO);
    expect(evidenceFromEnvironment(env, load)).toBeUndefined();
    expect(made).toEqual([]);
  });

  it.each(['processor:4318', 'ftp://processor', 'http://'])('is refused where it is no URL: %s', (endpoint) => {
    expect(() => evidenceFromEnvironment({ WARMSPARE_ENDPOINT: endpoint }, app(PROTO).load)).toThrow(
      /no http\(s\) URL/,
    );
  });

  it('says what to install where the app has no exporter', () => {
    expect(() => evidenceFromEnvironment({ WARMSPARE_ENDPOINT: 'http://p' }, app().load)).toThrow(
      `npm install ${PROTO}`,
    );
  });
});
