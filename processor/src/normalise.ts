/**
 * A span in any dialect becomes an attempt, a chain's run, an announcement or a call that names no chain; anything else is
 * undefined. It judges nothing and keeps nothing: the attempt it returns is the same object each time.
 */
import {
  ATTR_LLM_FALLBACK_BREAKER_NAME,
  ATTR_LLM_FALLBACK_BREAKER_STATE,
  ATTR_LLM_FALLBACK_CACHE_AGE,
  ATTR_LLM_FALLBACK_CALL_OUTCOME,
  ATTR_LLM_FALLBACK_CHAIN_NAME,
  ATTR_LLM_FALLBACK_CHAIN_OUTCOME,
  ATTR_LLM_FALLBACK_CHAIN_TARGET_NAMES,
  ATTR_LLM_FALLBACK_CHAIN_TARGET_TYPES,
  ATTR_LLM_FALLBACK_COST_AMOUNT,
  ATTR_LLM_FALLBACK_COST_CURRENCY,
  ATTR_LLM_FALLBACK_EXERCISE_KIND,
  ATTR_LLM_FALLBACK_FAILOVER_DURATION,
  ATTR_LLM_FALLBACK_PRIMARY_ERROR_TYPE,
  ATTR_LLM_FALLBACK_PROMPT_FINGERPRINT,
  ATTR_LLM_FALLBACK_ROUTE_TYPE,
  ATTR_LLM_FALLBACK_SCHEMA_ERROR_TYPE,
  ATTR_LLM_FALLBACK_SCHEMA_FINGERPRINT,
  ATTR_LLM_FALLBACK_SCHEMA_VALIDITY,
  ATTR_LLM_FALLBACK_TARGET_NAME,
  ATTR_LLM_FALLBACK_TARGET_RANK,
  ATTR_LLM_FALLBACK_TRIGGER_REASON,
  CALL_OUTCOMES,
  type CallOutcome,
  CHAIN_OUTCOMES,
  EXERCISE_KINDS,
  ROUTE_TYPES,
  SCHEMA_ERROR_TYPES,
  SCHEMA_VALIDITIES,
  TRIGGER_REASONS,
} from '@warmspare/semconv';
import { createAnnouncements } from './announcements.ts';
import { countOf, numberOf, textOf } from './attribute-values.ts';
import { createDialects, type Dialects } from './dialects/dialects.ts';
import type { GrowingKeyTable } from './keys.ts';
import type { Announcement, Attempt, Call, ChainRun, OtherSpan } from './types/evidence.ts';
import type { AttributeValue, Span } from './types/span.ts';
import { createUnknownWords, type UnknownWords } from './unknown-words.ts';

export type Normalised = Attempt | Call | OtherSpan | ChainRun | Announcement;

/** What is read beside the model calls, because a configured `match` may want it. */
export interface WantedSpans {
  /** Spans that are no model calls. */
  readonly anySpan: boolean;
  /** Model calls that some cache answered. */
  readonly cachedCalls: boolean;
}

export interface Normaliser {
  read(span: Span, wanted: WantedSpans): Normalised | undefined;
  /** Announcements of more targets than one chain can have. */
  readonly tooLong: number;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
type Scratch = Mutable<Omit<Attempt, 'kind'>> & { kind: 'attempt' | 'call' | 'other' };

/** Registers the names it reads with the key table. */
export function createNormaliser(
  keys: GrowingKeyTable,
  nameLength: number,
  dialects: Dialects = createDialects(keys),
  unknown: UnknownWords = createUnknownWords(),
): Normaliser {
  const callOutcome = keys.add(ATTR_LLM_FALLBACK_CALL_OUTCOME);
  const chainName = keys.add(ATTR_LLM_FALLBACK_CHAIN_NAME);
  const chainOutcome = keys.add(ATTR_LLM_FALLBACK_CHAIN_OUTCOME);
  const targetNames = keys.add(ATTR_LLM_FALLBACK_CHAIN_TARGET_NAMES);
  const targetTypes = keys.add(ATTR_LLM_FALLBACK_CHAIN_TARGET_TYPES);
  const targetName = keys.add(ATTR_LLM_FALLBACK_TARGET_NAME);
  const targetRank = keys.add(ATTR_LLM_FALLBACK_TARGET_RANK);
  const routeType = keys.add(ATTR_LLM_FALLBACK_ROUTE_TYPE);
  const triggerReason = keys.add(ATTR_LLM_FALLBACK_TRIGGER_REASON);
  const primaryErrorType = keys.add(ATTR_LLM_FALLBACK_PRIMARY_ERROR_TYPE);
  const failoverDuration = keys.add(ATTR_LLM_FALLBACK_FAILOVER_DURATION);
  const exerciseKind = keys.add(ATTR_LLM_FALLBACK_EXERCISE_KIND);
  const schemaValidity = keys.add(ATTR_LLM_FALLBACK_SCHEMA_VALIDITY);
  const schemaErrorType = keys.add(ATTR_LLM_FALLBACK_SCHEMA_ERROR_TYPE);
  const schemaFingerprint = keys.add(ATTR_LLM_FALLBACK_SCHEMA_FINGERPRINT);
  const promptFingerprint = keys.add(ATTR_LLM_FALLBACK_PROMPT_FINGERPRINT);
  const costAmount = keys.add(ATTR_LLM_FALLBACK_COST_AMOUNT);
  const costCurrency = keys.add(ATTR_LLM_FALLBACK_COST_CURRENCY);
  const cacheAge = keys.add(ATTR_LLM_FALLBACK_CACHE_AGE);
  const breakerName = keys.add(ATTR_LLM_FALLBACK_BREAKER_NAME);
  const breakerState = keys.add(ATTR_LLM_FALLBACK_BREAKER_STATE);
  const announcements = createAnnouncements(nameLength);
  const scratch = emptyAttempt();

  const fill = (span: Span, kind: Scratch['kind']): Attempt | Call | OtherSpan => {
    const { values } = span;
    scratch.kind = kind;
    scratch.service = span.service;
    scratch.ids = span.ids;
    scratch.startTime = span.startTime;
    scratch.endTime = span.endTime;
    scratch.exercise = EXERCISE.get(values[exerciseKind]) ?? (dialects.isProbe(span) ? 'probe' : 'organic');
    scratch.triggerReason =
      values[triggerReason] === undefined ? undefined : (TRIGGER.get(values[triggerReason]) ?? '_OTHER');
    scratch.primaryErrorType = textOf(values[primaryErrorType]);
    scratch.failoverDuration = numberOf(values[failoverDuration]);
    scratch.schemaValidity = VALIDITY.get(values[schemaValidity]);
    scratch.schemaErrorType =
      values[schemaErrorType] === undefined ? undefined : (SCHEMA_ERROR.get(values[schemaErrorType]) ?? '_OTHER');
    scratch.schemaFingerprint = textOf(values[schemaFingerprint]);
    scratch.promptFingerprint = textOf(values[promptFingerprint]);
    scratch.costAmount = numberOf(values[costAmount]);
    scratch.costCurrency = textOf(values[costCurrency]);
    scratch.cacheAge = numberOf(values[cacheAge]);
    scratch.breakerName = textOf(values[breakerName]);
    scratch.breakerState = textOf(values[breakerState]);
    scratch.configured = false;
    scratch.unsampled = span.unsampled;
    dialects.fill(span, scratch);
    return scratch as Attempt | Call | OtherSpan;
  };

  /** An outcome that this version does not know proves nothing. */
  const statedOutcome = (value: AttributeValue | undefined): CallOutcome => {
    const stated = OUTCOME.get(value);
    if (stated === undefined) unknown.note('outcome', String(value));
    return stated ?? 'unknown';
  };

  const readOurs = (span: Span, chain: string): Normalised | undefined => {
    const { values, service, ids, startTime, endTime } = span;
    const names = values[targetNames];
    const targets = Array.isArray(names) ? announcements.read(names, values[targetTypes]) : undefined;
    if (values[callOutcome] !== undefined) {
      scratch.chain = chain;
      scratch.target = textOf(values[targetName]) ?? '';
      scratch.rank = countOf(values[targetRank]);
      scratch.targets = targets;
      const type = ROUTE.get(values[routeType]) ?? targets?.find(({ name }) => name === scratch.target)?.type;
      scratch.routeType = type ?? 'fallback';
      scratch.outcome = statedOutcome(values[callOutcome]);
      return fill(span, chain !== '' && scratch.target !== '' && type !== undefined ? 'attempt' : 'call');
    }
    if (values[chainOutcome] !== undefined && chain !== '') {
      const outcome = CHAIN_OUTCOME.get(values[chainOutcome]) ?? 'served';
      return { kind: 'run', service, chain, outcome, targets, ids, startTime, endTime };
    }
    if (targets && chain !== '') {
      return { kind: 'announcement', service, chain, targets, ids, startTime, endTime };
    }
    return undefined;
  };

  return {
    get tooLong() {
      return announcements.tooLong;
    },
    read(span, wanted) {
      if (span.isBare === true && !wanted.anySpan) return undefined;
      const { values } = span;
      const chain = values[chainName];
      if (chain !== undefined || values[callOutcome] !== undefined) {
        const ours = readOurs(span, textOf(chain) ?? '');
        if (ours) return ours;
        // A call inside a chain's attempt: the attempt's own span carries the outcome and is counted.
        if (chain !== undefined) return undefined;
      }
      const isCall = dialects.isCall(span);
      if (!isCall && !wanted.anySpan) return undefined;
      const isCached = isCall && dialects.isCached(span);
      if (isCached && !wanted.cachedCalls) return undefined;
      scratch.chain = '';
      scratch.target = '';
      scratch.rank = undefined;
      scratch.targets = undefined;
      scratch.routeType = isCached ? 'cache' : (ROUTE.get(values[routeType]) ?? 'fallback');
      fill(span, isCall ? 'call' : 'other');
      scratch.outcome = dialects.outcome(span, scratch.errorType);
      return scratch as Call | OtherSpan;
    },
  };
}

const lookUp = <T extends string>(list: readonly T[]): ReadonlyMap<AttributeValue | undefined, T> =>
  new Map(list.map((value) => [value, value]));

const OUTCOME = lookUp(CALL_OUTCOMES);
const CHAIN_OUTCOME = lookUp(CHAIN_OUTCOMES);
const ROUTE = lookUp(ROUTE_TYPES);
const EXERCISE = lookUp(EXERCISE_KINDS);
const TRIGGER = lookUp(TRIGGER_REASONS);
const VALIDITY = lookUp(SCHEMA_VALIDITIES);
const SCHEMA_ERROR = lookUp(SCHEMA_ERROR_TYPES);

function emptyAttempt(): Scratch {
  return {
    kind: 'call',
    service: { namespace: '', name: '', environment: '' },
    chain: '',
    target: '',
    routeType: 'fallback',
    rank: undefined,
    targets: undefined,
    configured: false,
    unsampled: false,
    outcome: 'error',
    exercise: 'organic',
    ids: new Uint32Array(6),
    startTime: 0,
    endTime: 0,
    errorType: undefined,
    provider: undefined,
    requestModel: undefined,
    responseModel: undefined,
    inputTokens: undefined,
    outputTokens: undefined,
    costAmount: undefined,
    costCurrency: undefined,
    schemaValidity: undefined,
    schemaErrorType: undefined,
    schemaFingerprint: undefined,
    promptFingerprint: undefined,
    promptVersion: undefined,
    triggerReason: undefined,
    primaryErrorType: undefined,
    failoverDuration: undefined,
    cacheAge: undefined,
    breakerName: undefined,
    breakerState: undefined,
  };
}
