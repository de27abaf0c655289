/**
 * A span in any dialect becomes an attempt, a chain's run, an announcement or a call that names no chain; anything else is
 * undefined. Anyone may emit an attempt: chain, target and route type make one, and where the span states no outcome it is derived as for
 * a call of another dialect. It keeps nothing: the attempt it returns is the same object each time.
 */
import {
  ATTR_LLM_FALLBACK_ATTEMPT_SPAN_ID,
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
  ATTR_LLM_FALLBACK_DRILL_FAULT,
  ATTR_LLM_FALLBACK_DRILL_ID,
  ATTR_LLM_FALLBACK_DRILL_OUTCOME,
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
  CHAIN_OUTCOMES,
  DRILL_FAULTS,
  DRILL_OUTCOMES,
  ROUTE_TYPES,
  type RouteType,
  SCHEMA_ERROR_TYPES,
  SCHEMA_VALIDITIES,
  TRIGGER_REASONS,
} from '@warmspare/semconv';
import { countOf, numberOf, textOf } from '../base/attribute-values.ts';
import { spanIdOf } from '../base/ids.ts';
import type { GrowingKeyTable } from '../base/keys.ts';
import type { Announcement, Attempt, Call, ChainRun, DrillEnd, OtherSpan, TargetList } from '../types/evidence.ts';
import type { Span } from '../types/span.ts';
import { createAnnouncements } from './announcements.ts';
import { createDialects, type Dialects } from './dialects/dialects.ts';
import { gatewayChain } from './dialects/litellm.ts';
import { createEndings, isSaid, lookUp } from './endings.ts';
import { createUnknownWords, type UnknownWords } from './unknown-words.ts';

export type Normalised = Attempt | Call | OtherSpan | ChainRun | DrillEnd | Announcement;

/** What is read beside the model calls, because a configured `match` may want it. */
export interface WantedSpans {
  /** Spans that are no model calls. */
  readonly anySpan: boolean;
  /** Model calls that some cache answered. */
  readonly cachedCalls: boolean;
}

export interface Normaliser {
  read(span: Span, wanted: WantedSpans): Normalised | undefined;
  /** Whether the span is a model call in some dialect, whatever chain it names. */
  isModelCall(span: Span): boolean;
  /** Announcements of more targets than one chain can have. */
  readonly tooLong: number;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
type Scratch = Mutable<Omit<Attempt, 'kind'>> & { kind: 'attempt' | 'call' | 'other' };

/** Registers the names it reads with the key table. `judges`: whether recorded outputs are held against recorded schemas, as of now. */
export function createNormaliser(
  keys: GrowingKeyTable,
  nameLength: number,
  dialects: Dialects = createDialects(keys),
  unknown: UnknownWords = createUnknownWords(),
  judges: () => boolean = () => true,
): Normaliser {
  const callOutcome = keys.add(ATTR_LLM_FALLBACK_CALL_OUTCOME);
  const attemptSpanId = keys.add(ATTR_LLM_FALLBACK_ATTEMPT_SPAN_ID);
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
  const drillId = keys.add(ATTR_LLM_FALLBACK_DRILL_ID);
  const drillFault = keys.add(ATTR_LLM_FALLBACK_DRILL_FAULT);
  const drillOutcome = keys.add(ATTR_LLM_FALLBACK_DRILL_OUTCOME);
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
  const endings = createEndings(keys, dialects, unknown, judges);
  const scratch = emptyAttempt();

  const fill = (span: Span, kind: Scratch['kind']): void => {
    const { values } = span;
    scratch.kind = kind;
    scratch.service = span.service;
    scratch.ids = span.ids;
    scratch.startTime = span.startTime;
    scratch.endTime = span.endTime;
    scratch.drillId = textOf(values[drillId]);
    scratch.drillFault = DRILL_FAULT.get(values[drillFault]);
    scratch.exercise = endings.kind(span);
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
    scratch.outcome = endings.outcome(span, scratch);
  };

  /** Undefined where the span does not name a route, has a word for it that nobody knows, or contradicts itself: the group asked for is no fallback. */
  const routeOf = (values: Span['values'], targets: TargetList | undefined): RouteType | undefined => {
    const type = ROUTE.get(values[routeType]);
    if (type === undefined) {
      if (isSaid(values[routeType])) unknown.note('route_type', String(values[routeType]));
      return undefined;
    }
    if (scratch.rank !== undefined && (scratch.rank === 0) !== (type === 'primary')) return undefined;
    if (type === 'fallback' && scratch.chain === gatewayChain(scratch.target)) return undefined;
    if (targets)
      for (const listed of targets) if (listed.name === scratch.target) return listed.type === type ? type : undefined;
    return type;
  };

  /** A call inside an attempt, whose own span is counted. */
  const isPart = ({ values, ids }: Span): boolean =>
    values[attemptSpanId] !== undefined &&
    (values[callOutcome] === undefined || values[attemptSpanId] !== spanIdOf(ids));

  const attemptIn = (span: Span, targets: TargetList | undefined): Attempt | Call | undefined => {
    const { values } = span;
    scratch.target = textOf(values[targetName]) ?? '';
    scratch.rank = countOf(values[targetRank]);
    scratch.targets = targets;
    const type = scratch.chain !== '' && scratch.target !== '' ? routeOf(values, targets) : undefined;
    if (type === undefined && values[callOutcome] === undefined) {
      // A route that cannot be believed; what names none belongs to an attempt.
      if (!isSaid(values[routeType]) || !dialects.isCall(span)) return undefined;
    }
    scratch.routeType = type ?? ROUTE.get(values[routeType]) ?? 'fallback';
    fill(span, type === undefined ? 'call' : 'attempt');
    return scratch as Attempt | Call;
  };

  const readOurs = (span: Span, chain: string): Normalised | undefined => {
    const { values, service, ids, startTime, endTime } = span;
    const names = values[targetNames];
    const targets = Array.isArray(names) ? announcements.read(names, values[targetTypes]) : undefined;
    scratch.chain = chain;
    if (values[chainOutcome] !== undefined && values[callOutcome] === undefined && chain !== '') {
      const outcome = CHAIN_OUTCOME.get(values[chainOutcome]);
      const exercise = endings.kind(span);
      const run = { service, chain, exercise, targets, ids, startTime, endTime };
      if (outcome !== undefined) return { kind: 'run', outcome, ...run };
      unknown.note('outcome', String(values[chainOutcome]));
    } else if (values[drillOutcome] !== undefined && values[callOutcome] === undefined && chain !== '') {
      const outcome = DRILL_OUTCOME.get(values[drillOutcome]);
      const target = textOf(values[targetName]) ?? '';
      const fault = DRILL_FAULT.get(values[drillFault]);
      const listed = targets?.find(({ name }) => name === target)?.type;
      const type = listed ?? ROUTE.get(values[routeType]) ?? 'fallback';
      const end = { service, chain, target, routeType: type, fault, targets, ids, startTime, endTime };
      if (outcome !== undefined && target !== '') return { kind: 'drill', outcome, ...end };
      if (outcome === undefined) unknown.note('outcome', String(values[drillOutcome]));
    } else {
      const attempt = isPart(span) ? undefined : attemptIn(span, targets);
      if (attempt) return attempt;
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
    isModelCall: dialects.isCall,
    read(span, wanted) {
      if (span.isBare === true && !wanted.anySpan) return undefined;
      const { values } = span;
      const chain = values[chainName];
      if (chain !== undefined || values[callOutcome] !== undefined) {
        const ours = readOurs(span, textOf(chain) ?? '');
        // What names a chain and is no attempt of it belongs to one.
        if (ours || chain !== undefined) return ours;
      }
      if (values[attemptSpanId] !== undefined) return undefined;
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
      return scratch as Call | OtherSpan;
    },
  };
}

const CHAIN_OUTCOME = lookUp(CHAIN_OUTCOMES);
const DRILL_OUTCOME = lookUp(DRILL_OUTCOMES);
const DRILL_FAULT = lookUp(DRILL_FAULTS);
const ROUTE = lookUp(ROUTE_TYPES);
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
    drillId: undefined,
    drillFault: undefined,
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
