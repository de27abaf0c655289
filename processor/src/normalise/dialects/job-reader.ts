/**
 * Reads what a call, or a span around calls, says of the job that is done: the operation, where in the code and for what request, at what
 * place. Whether two calls do one job is decided elsewhere. What spans say again and again comes out as one object.
 */
import { type Job, jobOf } from '@warmspare/semconv';
import { numberOf } from '../../base/attribute-values.ts';
import type { GrowingKeyTable } from '../../base/keys.ts';
import type { Span } from '../../types/span.ts';
import { type DeclaredChain, type Dialect, SITE_KINDS, type SiteKind } from './dialect.ts';
import { firstText, isSaidOf, slotted, type Values } from './lookup.ts';

/** Where in the code a call is made, by kind, as far as spans name it. */
export type Sites = Readonly<Partial<Record<SiteKind, string>>>;

/**
 * What a span means for the calls below it. `plain`: nothing. `holder`: they are of one operation. `outer`: it is around holders.
 * `apart`: they have nothing to do with calls beside the span. `server`: so it is, but a gateway may make the call there that is above. `attempt`: they belong to an attempt of a chain. `call`: it is one itself,
 * and what is below may be the same one.
 */
export type Role = 'plain' | 'holder' | 'outer' | 'apart' | 'server' | 'attempt' | 'call';

/** The same object for spans that say the same. */
export interface Around {
  readonly role: Role;
  readonly sites: Sites;
  /** By a dialect of this folder: its exceptions tell of the calls below. */
  readonly isFramework: boolean;
}

export interface JobReader {
  /** Of a span that is no call. */
  around(span: Span): Around;
  /** Of a call; undefined where its span names no operation that is known. */
  job(span: Span): Job | undefined;
  sites(span: Span): Sites;
  /** What the calls of one run share, where the span says it. */
  run(span: Span): string | undefined;
  /** Whether that is a whole request to a gateway. */
  isRequest(span: Span): boolean;
  /** The gateway's group that the call was for. */
  group(span: Span): string | undefined;
  outputType(span: Span): string | undefined;
  readServer(span: Span, into: ServerPlace): void;
  /** Whether a try of the call may have a span of its own. */
  isTry(span: Span): boolean;
  /** Whether spans around the call, or beside it, may know better how it ended. */
  isHeld(span: Span): boolean;
  /** The number of an attempt that the call around it told of once it was over. */
  tryRank(span: Span): number | undefined;
  /** The chain whose targets the span names. */
  declaredChain(span: Span): DeclaredChain | undefined;
}

export interface ServerPlace {
  address: string | undefined;
  port: number | undefined;
}

export const NO_SITES: Sites = {};
/** Spans around calls that say nothing. */
export const PLAIN: Around = { role: 'plain', sites: NO_SITES, isFramework: false };
const APART: Around = { role: 'apart', sites: NO_SITES, isFramework: false };
const SERVED: Around = { role: 'server', sites: NO_SITES, isFramework: false };
export const ATTEMPT: Around = { role: 'attempt', sites: NO_SITES, isFramework: false };

/** Combinations of sites that are remembered; past it all are forgotten: nothing is lost, and no counter tells. */
const REMEMBERED = 1_024;
/** Longer names are none. */
const NAME_LENGTH = 256;

/** Names that libraries give where nobody named anything: classes of LangChain, which differ by model, and the default of agents. */
const DEFAULT_NAME = new RegExp(
  `^(?:Runnable(?:[A-Z]\\w*)?|(?:Azure)?Chat(?:${[
    'OpenAI Anthropic Bedrock Google Vertex Groq Mistral Cohere Ollama Fireworks Together XAI DeepSeek NVIDIA HuggingFace',
    'Perplexity OpenRouter LiteLLM Cerebras Watsonx Databricks Snowflake MiniMax Tongyi Zhipu Moonshot Prompt',
  ]
    .join(' ')
    .replaceAll(
      ' ',
      '|',
    )})\\w*|[A-Z]\\w*(?:OutputParser|ToolsParser|PromptTemplate)|LLMChain|AgentExecutor|LangGraph|agent)(?:\\.\\w+)?$`,
);

const SERVER = 2;
const CONSUMER = 5;

/** Registers the names it reads with the key table. */
export function createJobReader(dialects: readonly Dialect[], keys: GrowingKeyTable): JobReader {
  const signs = (of: (dialect: Dialect) => Dialect['holders']) => dialects.flatMap((each) => slotted(of(each), keys));
  const slots = (of: (dialect: Dialect) => readonly string[] | undefined) =>
    dialects.flatMap((each) => (of(each) ?? []).map((name) => keys.add(name)));
  const tries = signs(({ tries }) => tries);
  const holders = signs(({ holders }) => holders);
  const outerHolders = signs(({ outerHolders }) => outerHolders);
  const apart = signs(({ apart }) => apart);
  const frameworks = signs(({ around }) => around);
  const requests = signs(({ requests }) => requests);
  const held = slots(({ held }) => held);
  const retold = slots(({ retold }) => retold);
  const chains = dialects.flatMap(({ chains: reader }) =>
    reader
      ? [
          {
            lists: reader.lists.map((name) => keys.add(name)),
            names: reader.names.map((name) => keys.add(name)),
            read: reader.read,
          },
        ]
      : [],
  );
  const runs = slots(({ runs }) => runs);
  const groups = slots(({ groups }) => groups);
  const operations = slots(({ operations }) => operations);
  const outputTypes = slots(({ outputTypes }) => outputTypes);
  // Most spans of clients and servers have them.
  const details = (of: (dialect: Dialect) => readonly string[] | undefined) =>
    dialects.flatMap((each) => (of(each) ?? []).map((name) => keys.addDetail(name)));
  const addresses = details(({ addresses }) => addresses);
  const ports = details(({ ports }) => ports);
  const urls = dialects.flatMap(({ texts = [] }) => texts.map(({ key, read }) => ({ slot: keys.add(key), read })));
  const siteSlots = dialects.flatMap(({ sites = [] }) =>
    sites.map(({ kind, key, on }) => ({ kind, slot: keys.add(key), on: slotted(on && [on], keys) })),
  );
  const knownSites = new Map<string, Sites>();
  const knownAround = new Map<Sites, Partial<Record<string, Around>>>();

  const sitesOf = (values: Values): Sites => {
    let found: Partial<Record<SiteKind, string>> | undefined;
    for (const { kind, slot, on } of siteSlots) {
      const name = values[slot];
      if (typeof name !== 'string' || name === '' || found?.[kind] !== undefined || !isName(kind, name)) continue;
      if (on.length > 0 && !isSaidOf(on, values)) continue;
      found = { ...found, [kind]: name };
    }
    if (!found) return NO_SITES;
    const key = SITE_KINDS.map((kind) => found[kind] ?? '').join('\0');
    const known = knownSites.get(key);
    if (known) return known;
    if (knownSites.size >= REMEMBERED) {
      knownSites.clear();
      knownAround.clear();
    }
    knownSites.set(key, found);
    return found;
  };

  const roleOf = (values: Values): Role => {
    if (isSaidOf(apart, values)) return 'apart';
    if (isSaidOf(outerHolders, values)) return 'outer';
    return isSaidOf(holders, values) ? 'holder' : 'plain';
  };

  return {
    around({ values, kind, isBare }) {
      if (kind === SERVER) return SERVED;
      if (kind === CONSUMER) return APART;
      if (isBare === true) return PLAIN;
      const role = roleOf(values);
      const sites = sitesOf(values);
      const isFramework = isSaidOf(frameworks, values);
      if (role === 'plain' && sites === NO_SITES && !isFramework) return PLAIN;
      let known = knownAround.get(sites);
      if (!known) {
        known = {};
        knownAround.set(sites, known);
      }
      const key = isFramework ? role : `${role}?`;
      known[key] ??= { role, sites, isFramework };
      return known[key];
    },
    job({ values }) {
      for (const slot of operations) {
        const operation = values[slot];
        const job = typeof operation === 'string' ? jobOf(operation) : undefined;
        if (job !== undefined) return job;
      }
      return undefined;
    },
    sites: ({ values }) => sitesOf(values),
    run: ({ values }) => firstText(values, runs),
    isRequest: ({ values }) => isSaidOf(requests, values),
    group: ({ values }) => firstText(values, groups),
    outputType: ({ values }) => firstText(values, outputTypes),
    readServer({ values, readDetails }, into) {
      readDetails?.();
      into.address = firstText(values, addresses);
      into.port = into.address === undefined ? undefined : firstNumber(values, ports);
      if (into.address !== undefined) return;
      for (const { slot, read } of urls) {
        const text = values[slot];
        const url = typeof text === 'string' ? read(text).url : undefined;
        const { hostname, port } = (url === undefined ? undefined : URL.parse(url)) ?? {};
        if (hostname === undefined || hostname === '') continue;
        into.address = hostname;
        into.port = port === undefined || port === '' ? undefined : Number(port);
        return;
      }
    },
    isTry: ({ values }) => isSaidOf(tries, values),
    isHeld: ({ values }) => held.some((slot) => values[slot] !== undefined),
    tryRank: ({ values }) => firstNumber(values, retold),
    declaredChain({ values }) {
      for (const { lists, names, read } of chains) {
        const list = firstText(values, lists);
        const found = list === undefined ? undefined : read(list, firstText(values, names));
        if (found) return found;
      }
      return undefined;
    },
  };
}

/** Functions are named by hand. */
const isName = (kind: SiteKind, name: string): boolean =>
  name.length <= NAME_LENGTH && (kind === 'function' || !DEFAULT_NAME.test(name));

function firstNumber(values: Values, slots: readonly number[]): number | undefined {
  for (const slot of slots) {
    const number = numberOf(values[slot]);
    if (number !== undefined) return number;
  }
  return undefined;
}
