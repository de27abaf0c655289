/**
 * The OpenTelemetry instrumentation: hooks the clients as they are loaded. It wires only; what a call becomes is `record.ts`'s
 * business.
 */
import { type Tracer, type TracerProvider, trace } from '@opentelemetry/api';
import {
  InstrumentationBase,
  type InstrumentationConfig,
  InstrumentationNodeModuleDefinition,
} from '@opentelemetry/instrumentation';
import { type Client, classIn } from './clients/client.ts';
import { CLIENTS } from './clients/clients.ts';
import { patchClient } from './clients/patch.ts';
import type { PriceHook } from './cost.ts';
import { watchUndici } from './gateways/undici.ts';
import { createRecorder, type Recorder } from './record.ts';
import { guarded } from './report.ts';
import { VERSION } from './version.ts';

export interface LlmFallbackInstrumentationConfig extends InstrumentationConfig {
  /** Whether a fingerprint (never the text) of static system prompts is recorded. Default true. */
  readonly promptFingerprint?: boolean;
  /**
   * `auto` (default): a span for each call, or the span of another instrumentation where one is around the call. `enrich`: never
   * a span of our own. Where the other instrumentation was registered first, {@link llmFallbackSpanProcessor} finds its spans.
   */
  readonly spans?: 'auto' | 'enrich';
  /** Prices of your own. What it returns undefined for is priced by the list. */
  readonly price?: PriceHook;
}

/**
 * Records every call of the LLM clients it knows: openai 4 to 7.
 *
 * In CJS apps register it before the clients are loaded. ESM apps start with
 * `node --import @warmspare/instrumentation/register`, or hand each client's class to {@link instrument}.
 */
export class LlmFallbackInstrumentation extends InstrumentationBase<LlmFallbackInstrumentationConfig> {
  // No initialisers: the base class calls init() and enable() before they would run.
  declare private undo: Map<unknown, () => void> | undefined;
  declare private shared: Recorder | undefined;
  declare private unwatch: (() => void) | undefined;
  declare private given: TracerProvider | undefined;
  declare private source: TracerProvider | undefined;
  declare private current: Tracer | undefined;

  constructor(config: LlmFallbackInstrumentationConfig = {}) {
    super(NAME, VERSION, config);
  }

  override setTracerProvider(provider: TracerProvider): void {
    super.setTracerProvider(provider);
    // The API's own stand-in is no choice of the user's: the global provider behind it may come later.
    this.given = 'getDelegate' in provider ? undefined : provider;
  }

  /**
   * Patches a client's class by hand: `instrument(OpenAI)`. For ESM apps that cannot start with `--import`, and for bundles. A
   * module's exports do as well. What is no known client is left alone; patching twice does nothing.
   */
  instrument(client: unknown): void {
    for (const known of CLIENTS) {
      const found = classIn(client, known);
      if (typeof found === 'function' && descendsFrom(found, known.className)) this.patch(known, found);
    }
  }

  override enable(): void {
    super.enable();
    this.unwatch ??= guarded('requests could not be watched', watchUndici, undefined);
  }

  override disable(): void {
    super.disable();
    this.unwatch?.();
    this.unwatch = undefined;
    for (const take of this.undo?.values() ?? []) guarded('a client could not be unpatched', take, undefined);
    this.undo?.clear();
  }

  protected override init(): InstrumentationNodeModuleDefinition[] {
    return CLIENTS.map(
      (client) =>
        new InstrumentationNodeModuleDefinition(
          client.module,
          [...client.versions],
          (exported: unknown) => {
            this.patch(client, exported);
            return exported;
          },
          (exported: unknown) => this.unpatch(client, exported),
        ),
    );
  }

  private patch(client: Client, exported: unknown): void {
    guarded(
      `${client.module} could not be patched`,
      () => {
        const found = classIn(exported, client);
        this.undo ??= new Map();
        if (this.undo.has(found)) return;
        this.undo.set(found, patchClient(found, client.patches, this.recorder()));
      },
      undefined,
    );
  }

  private unpatch(client: Client, exported: unknown): void {
    const found = classIn(exported, client);
    const take = this.undo?.get(found);
    if (take !== undefined) guarded('a client could not be unpatched', take, undefined);
    this.undo?.delete(found);
  }

  /**
   * The tracer of the provider in force now. `this.tracer` may be a stand-in of the API's ESM copy, which never hears of an SDK
   * that was started through its CJS copy (@opentelemetry/api 1.10 ships both; only its globals are shared).
   */
  private liveTracer(): Tracer {
    const provider = this.given ?? trace.getTracerProvider();
    if (this.current === undefined || this.source !== provider) {
      this.source = provider;
      this.current = provider.getTracer(NAME, VERSION);
    }
    return this.current;
  }

  private recorder(): Recorder {
    const { promptFingerprint = true, price, spans = 'auto' } = this.getConfig();
    this.shared ??= createRecorder({ tracer: () => this.liveTracer(), promptFingerprint, price, spans });
    return this.shared;
  }
}

const NAME = '@warmspare/instrumentation';

/** The class itself or a subclass of it (AzureOpenAI), whatever a bundler renamed it to last. */
function descendsFrom(found: object, className: string): boolean {
  for (let at: unknown = found; typeof at === 'function'; at = Object.getPrototypeOf(at)) {
    if (at.name === className) return true;
  }
  return false;
}
