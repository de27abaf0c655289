/**
 * The OpenTelemetry instrumentation: hooks the clients as they are loaded. It wires only; what a call becomes is `record.ts`'s
 * business.
 */
import { ProxyTracerProvider, type Tracer, type TracerProvider, trace } from '@opentelemetry/api';
import {
  InstrumentationBase,
  type InstrumentationConfig,
  InstrumentationNodeModuleDefinition,
  InstrumentationNodeModuleFile,
} from '@opentelemetry/instrumentation';
import { finishBefore, finishWaiting } from './base/after-answer.ts';
import { guarded } from './base/report.ts';
import { VERSION } from './base/version.ts';
import { BREAKERS } from './breakers/breakers.ts';
import type { PriceHook } from './call/cost.ts';
import type { Hooks } from './call/hooks.ts';
import { createRecorder, type Recorder } from './call/record.ts';
import { watchRequests } from './call/route/request-scope.ts';
import { watchUndici } from './call/undici.ts';
import type { Client } from './clients/client.ts';
import { allClients, onClientRegistered } from './clients/clients.ts';
import { patchClient, type Undo } from './clients/patch.ts';
import { warnOfUnpatched, warnOfVersion } from './clients/unpatched.ts';
import { acceptDrillRequests } from './drill/by-request.ts';
import { practise } from './drill/practice.ts';
import { leaseFromEnvironment, practiceFromEnvironment } from './drill/switch.ts';
import { definitionsOf, LIBRARIES } from './libraries.ts';
import type { LiveRecorder } from './types/library.ts';
import type { Practice } from './types/practice.ts';

/** Beside what every OpenTelemetry instrumentation takes. All of it is read at each call, so that `setConfig()` holds from the next one on. */
export interface LlmFallbackInstrumentationConfig extends InstrumentationConfig, Hooks {
  /** Whether a fingerprint (never the text) of static system prompts is recorded. Default true. */
  readonly promptFingerprint?: boolean;
  /**
   * `auto` (default): a span for each call, or the span of another instrumentation where one is around the call. `enrich`: never
   * a span of our own. Spans of clients that are not patched here are found by {@link llmFallbackSpanProcessor}.
   */
  readonly spans?: 'auto' | 'enrich';
  /** Practice runs on live traffic, by chain; off where it is left out. `WARMSPARE_PRACTICE` names a JSON file of the same form. */
  readonly practice?: Practice;
  /** Prices of your own. What it returns undefined for is priced by the list. */
  readonly price?: PriceHook;
}

/**
 * Records every call of the LLM clients it knows and of those that were registered ({@link registerClient}), the models of the AI SDK, libraries that own
 * a list of fallbacks, and breakers (opossum, cockatiel).
 *
 * In CJS apps register it before the clients are loaded. ESM apps start with
 * `node --import @warmspare/instrumentation/register`, or hand each client's class to {@link instrument}.
 */
export class LlmFallbackInstrumentation extends InstrumentationBase<LlmFallbackInstrumentationConfig> {
  // No initialisers: the base class calls init() and enable() before they would run.
  declare private patches: Patched[] | undefined;
  /** What `instrument()` was given. */
  declare private byHand: Set<unknown> | undefined;
  declare private patched: Set<Client> | undefined;
  /** Clients whose modules are hooked, and what hooks those that were registered since. */
  declare private hooked: Set<Client> | undefined;
  declare private later: InstrumentationBase[] | undefined;
  declare private shared: Recorder | undefined;
  /** Ends practice runs. */
  declare private idle: (() => void) | undefined;
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
    this.byHand ??= new Set();
    this.byHand.add(client);
    this.patchByHand(client);
  }

  /** What is configured wrong is said and left out: the app must start. */
  private practise(): void {
    const begin = (): void => {
      const practice = this.getConfig().practice ?? practiceFromEnvironment();
      this.idle = practice && practise(practice, { lease: leaseFromEnvironment() });
    };
    this.idle?.();
    guarded('practice runs are configured wrongly and stay off', begin, undefined);
  }

  private patchByHand(client: unknown): void {
    for (const known of allClients()) this.patch(known, client, true);
    for (const breaker of BREAKERS) this.keep(breaker.module, client, () => breaker.patch(client));
    // Exports cannot be replaced in what an app holds already; classes can be patched.
    for (const library of LIBRARIES) guarded(UNPATCHED, () => library.patch(client, this.live), undefined);
  }

  override enable(): void {
    super.enable();
    acceptDrillRequests();
    this.practise();
    this.unwatch ??= guarded('requests could not be watched', () => this.watch(), undefined);
    for (const client of allClients()) this.hookLater(client);
    for (const each of this.later ?? []) each.enable();
    // The base class patches again what it hooked.
    for (const client of this.byHand ?? []) this.patchByHand(client);
  }

  override disable(): void {
    super.disable();
    this.unwatch?.();
    this.idle?.();
    this.idle = undefined;
    this.unwatch = undefined;
    finishWaiting();
    for (const each of this.later ?? []) each.disable();
    for (const { undo } of this.patches ?? []) guarded('a library could not be unpatched', undo, undefined);
    this.patches = [];
  }

  protected override init(): InstrumentationNodeModuleDefinition[] {
    this.hooked = new Set(allClients());
    const clients = allClients().flatMap((client) => this.hookClient(client));
    const breakers = BREAKERS.map((breaker) =>
      this.hook(breaker, (exported) => this.keep(breaker.module, exported, () => breaker.patch(exported))),
    );
    return [...clients, ...breakers, ...LIBRARIES.flatMap((library) => definitionsOf(library, this.live))];
  }

  /** Versions that nobody looked at come by the second of the two. */
  private hookClient(client: Client): InstrumentationNodeModuleDefinition[] {
    const tell = (exported: unknown, version?: string): unknown => {
      if (this.patched?.has(client) !== true) warnOfVersion(client, version);
      return exported;
    };
    return [
      this.hook(client, (exported) => this.patch(client, exported), client.files),
      new InstrumentationNodeModuleDefinition(client.module, ['*'], tell),
    ];
  }

  /** A client that was registered after this instrumentation was made: the base class hooks only what it knew then. */
  private hookLater(client: Client): void {
    this.hooked ??= new Set();
    if (this.hooked.has(client)) return;
    this.hooked.add(client);
    const definitions = this.hookClient(client);
    class Later extends InstrumentationBase {
      protected override init(): InstrumentationNodeModuleDefinition[] {
        return definitions;
      }
    }
    this.later ??= [];
    this.later.push(new Later(NAME, VERSION, { enabled: false }));
    for (const given of this.byHand ?? []) this.patch(client, given, true);
  }

  private hook(
    { module, versions }: { readonly module: string; readonly versions: readonly string[] },
    patch: (exported: unknown) => void,
    files: readonly string[] = [],
  ): InstrumentationNodeModuleDefinition {
    const patched = (exported: unknown): unknown => {
      patch(exported);
      return exported;
    };
    const unpatched = (exported: unknown): void => this.unpatch(exported);
    const inside = files.map((name) => new InstrumentationNodeModuleFile(name, [...versions], patched, unpatched));
    return new InstrumentationNodeModuleDefinition(module, [...versions], patched, unpatched, inside);
  }

  /** `byHand`: the user gave a class or exports that may be another library's. */
  private patch(client: Client, exported: unknown, byHand = false): void {
    this.keep(client.module, exported, () => {
      const undo = patchClient(exported, client, this.recorder(), byHand);
      if (undo !== undefined) this.patched = (this.patched ?? new Set()).add(client);
      return undo;
    });
    const { patchExports } = client;
    if (patchExports !== undefined && !byHand) this.keep(PART + client.module, exported, () => patchExports(exported));
  }

  /** Patches `what` unless that is done already, and keeps what takes the patch off again. */
  private keep(module: string, what: unknown, patch: () => Undo | undefined): void {
    this.patches ??= [];
    if (this.patches.some((known) => known.module === module && known.what === what)) return;
    const undo = guarded(`${module} could not be patched`, patch, undefined);
    if (undo !== undefined) this.patches.push({ module, what, undo });
  }

  private watch(): () => void {
    const isPatched = (client: Client): boolean => this.patched?.has(client) === true;
    const hear = (client: Client): void => {
      this.hookLater(client);
      for (const each of this.later ?? []) each.enable();
    };
    const stops = [watchUndici(), watchRequests(), warnOfUnpatched(isPatched), onClientRegistered(hear)];
    return () => {
      for (const stop of stops) stop();
    };
  }

  private unpatch(exported: unknown): void {
    const gone = this.patches?.filter(({ what }) => what === exported) ?? [];
    for (const { undo } of gone) guarded('a library could not be unpatched', undo, undefined);
    this.patches = this.patches?.filter((known) => !gone.includes(known));
  }

  /**
   * The tracer of the provider in force now; undefined while there is no SDK. `this.tracer` may be a stand-in of the API's ESM copy,
   * which never hears of an SDK that was started through its CJS copy (@opentelemetry/api 1.10 ships both; only its globals are shared).
   */
  private liveTracer(): Tracer | undefined {
    const provider = this.given ?? registeredProvider();
    if (provider === undefined) return undefined;
    if (this.current === undefined || this.source !== provider) {
      this.source = provider;
      this.current = provider.getTracer(NAME, VERSION);
      guarded('the SDK could not be asked to wait for answers', () => finishBefore(provider), undefined);
    }
    return this.current;
  }

  private get live(): LiveRecorder {
    return () => (this.isEnabled() ? this.recorder() : undefined);
  }

  private recorder(): Recorder {
    const live = (): Tracer | undefined => this.liveTracer();
    const config = (): LlmFallbackInstrumentationConfig => this.getConfig();
    this.shared ??= createRecorder({
      tracer: () => guarded('a tracer could not be had', live, undefined),
      get promptFingerprint() {
        return config().promptFingerprint ?? true;
      },
      get price() {
        return config().price;
      },
      get spans() {
        return config().spans ?? 'auto';
      },
      get requestHook() {
        return config().requestHook;
      },
      get responseHook() {
        return config().responseHook;
      },
    });
    return this.shared;
  }
}

interface Patched {
  readonly module: string;
  /** A library's exports, or what `instrument()` was given. */
  readonly what: unknown;
  readonly undo: Undo;
}

const UNPATCHED = 'a library could not be patched';

/** Of what else is patched in a client's exports. */
const PART = 'parts of ';

const NAME = '@warmspare/instrumentation';

/** What stands for an SDK where there is none. */
const NO_SDK = new ProxyTracerProvider().getDelegate();

/** The SDK's own provider, behind the stand-in of whichever copy of the API it was registered with. */
function registeredProvider(): TracerProvider | undefined {
  const global = trace.getTracerProvider();
  const provider = 'getDelegate' in global ? (global as ProxyTracerProvider).getDelegate() : global;
  return provider === NO_SDK ? undefined : provider;
}
