/** Rows and chains of a snapshot go in, what they say together comes out: a verdict, one sentence, and counts by state and urgency. */
import type { Snapshot, TargetState } from '../types/snapshot.ts';
import { type ChainStanding, URGENCIES, type Urgency } from './urgency.ts';

/** Whether every target could take over, as far as anyone knows. */
export type Verdict = 'fresh' | 'not_fresh' | 'unknown';

/** What rows and chains say together. */
export interface Judgement {
  readonly verdict: Verdict;
  /** Why, in one sentence. */
  readonly reason: string;
  /** Targets by state. */
  readonly counts: Readonly<Record<TargetState, number>>;
  /** Chains by urgency. */
  readonly urgencies: Readonly<Record<Urgency, number>>;
}

/** Of the targets and watermarks of a snapshot; `standings` are the chains to count. */
export function judge(
  { targets, watermarks }: Pick<Snapshot, 'targets' | 'watermarks'>,
  standings: readonly ChainStanding[],
): Judgement {
  const counts = { never_exercised: 0, failing: 0, stale: 0, fresh: 0 };
  for (const { state } of targets) if (state !== undefined) counts[state] += 1;
  const urgencies = { users_affected: 0, on_fallback: 0, would_not_hold: 0, fine: 0 };
  for (const { urgency } of standings) urgencies[urgency] += 1;
  const judged = counts.never_exercised + counts.failing + counts.stale + counts.fresh;
  const told = { counts, urgencies };
  if (watermarks.length === 0) {
    return { ...told, verdict: 'unknown', reason: 'No telemetry has arrived: no span of any service has been seen.' };
  }
  const now = urgentNow(urgencies);
  if (judged === 0) {
    const why = targets.length === 0 ? 'no chain has been declared' : 'only primaries are declared';
    return { ...told, verdict: 'unknown', reason: sentence([...now, `no fallback is known: ${why}`]) };
  }
  const parts = (['never_exercised', 'failing', 'stale'] as const)
    .filter((state) => counts[state] > 0)
    .map((state) => `${counts[state]} ${state.replace('_', ' ')}`);
  const fallbacks = parts.length === 0 ? fallbacksOf(counts) : `${fallbacksOf(counts)}: ${parts.join(', ')}`;
  return { ...told, verdict: parts.length === 0 ? 'fresh' : 'not_fresh', reason: sentence([...now, fallbacks]) };
}

/** For a heading and the title of a window: what is urgent now, else how the fallbacks are. */
export function headlineOf({ verdict, counts, urgencies }: Judgement): string {
  const now = urgentNow(urgencies);
  if (now.length > 0) return sentence(now).slice(0, -1);
  return verdict === 'unknown' ? 'No data yet' : sentence([fallbacksOf(counts)]).slice(0, -1);
}

/** The most urgent of the chains; `fine` where there are none. */
export const worstUrgency = ({ urgencies }: Judgement): Urgency =>
  URGENCIES.find((urgency) => urgencies[urgency] > 0) ?? 'fine';

function urgentNow({ users_affected: affected, on_fallback: engaged }: Judgement['urgencies']): readonly string[] {
  return [
    ...(affected > 0 ? [`users are affected now on ${affected} ${affected === 1 ? 'chain' : 'chains'}`] : []),
    ...(engaged > 0 ? [`${engaged} ${engaged === 1 ? 'chain runs' : 'chains run'} on a fallback`] : []),
  ];
}

/** `8 of 13 fallbacks may not work`; of rows of which at least one is judged. */
function fallbacksOf({ never_exercised, failing, stale, fresh }: Judgement['counts']): string {
  const notFresh = never_exercised + failing + stale;
  const all = notFresh + fresh;
  if (notFresh === 0) return `${all === 1 ? 'the one fallback' : `all ${all} fallbacks`} worked lately`;
  return all === 1 ? 'the one fallback may not work' : `${notFresh} of ${all} fallbacks may not work`;
}

function sentence(parts: readonly string[]): string {
  const text = parts.join('; ');
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}.`;
}
