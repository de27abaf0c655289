/**
 * Portkey's config (https://portkey.ai/docs/api-reference/inference-api/config-object) in, the ladders that it holds out. A fallback
 * strategy is a ladder wherever it stands; one directly inside another is part of it. Keys never become names. Pure.
 */
import { type CallPlace, targetNames } from '@warmspare/semconv';
import { fields, list, text } from '../../base/read.ts';

/** One fallback strategy of a config. */
export interface PortkeyLadder {
  /** What its first target is called, told apart from those of the config's other ladders. */
  readonly primary: string;
  readonly names: readonly string[];
  readonly models: readonly (readonly string[])[];
  readonly paths: readonly string[];
  readonly strict: boolean;
}

/** A longer config is not read. */
const MAX_LENGTH = 65_536;
/** Beyond these, a config is no ladder that anybody could read. */
const MAX_DEPTH = 6;
const MAX_TARGETS = 16;
const MAX_LADDERS = 16;
const MAX_NAME_LENGTH = 200;

type Target = Readonly<Record<string, unknown>>;

/** Where a target stands, and what it takes over from the strategies around it. */
interface Place extends Omit<CallPlace, 'model'> {
  readonly model: string | undefined;
}

/** `model`: what the target is called by. */
interface Rung extends CallPlace {
  readonly path: string;
  readonly models: readonly string[];
}

interface Ladder {
  readonly rungs: readonly Rung[];
  readonly strict: boolean;
}

/** `asked`: the model of the request's body, which is that of each target without one of its own. An id in place of JSON is opaque. */
export function portkeyLadders(json: string, asked: string | undefined): readonly PortkeyLadder[] {
  const config = parsed(json);
  if (config === undefined) return [];
  // An open breaker passes a target over.
  const breakers = /"cb_?config"/i.test(json);
  const found = laddersIn(config, 'config', { model: asked }, 0).slice(0, MAX_LADDERS);
  const primaries = distinctNames(found.map(({ rungs: [first] }) => first ?? NAMELESS));
  return found.map(({ rungs, strict }, index) => ({
    primary: primaries[index] ?? '',
    names: distinctNames(rungs),
    models: rungs.map(({ models }) => models),
    paths: rungs.map(({ path }) => path),
    strict: strict && !breakers,
  }));
}

const NAMELESS: CallPlace = { model: '' };

/** What neither provider nor place tells apart, such as two keys, is counted. */
function distinctNames(places: readonly CallPlace[]): readonly string[] {
  const names = targetNames(places);
  return names.map((name, index) => {
    const before = names.slice(0, index).filter((other) => other === name).length;
    return before === 0 ? name : `${name} #${before + 1}`;
  });
}

function laddersIn(target: Target, path: string, around: Place, depth: number): readonly Ladder[] {
  if (depth > MAX_DEPTH) return [];
  const own = inherit(target, around);
  if (modeOf(target) === 'fallback') {
    const rungs = rungsOf(target, path, around, depth).slice(0, MAX_TARGETS);
    return rungs.length < 2 ? [] : [{ rungs, strict: isStrict(target) }];
  }
  return childrenOf(target).flatMap((child, index) => laddersIn(child, `${path}.targets[${index}]`, own, depth + 1));
}

function rungsOf(target: Target, path: string, around: Place, depth: number): readonly Rung[] {
  const own = inherit(target, around);
  return childrenOf(target).flatMap((child, index) => {
    const at = `${path}.targets[${index}]`;
    if (modeOf(child) === 'fallback' && depth < MAX_DEPTH) return rungsOf(child, at, own, depth + 1);
    return [rungAt(child, at, index, own)];
  });
}

function rungAt(target: Target, path: string, index: number, around: Place): Rung {
  const leaves = leavesOf(target, around, 0);
  const models = [...new Set(leaves.map(({ model }) => model).filter((model) => model !== undefined))];
  const { provider, address, port } = common(leaves);
  // Load balanced over several models is one target, which any of them may serve.
  const named = models.length === 0 ? provider : models.join(' | ');
  const model = named === undefined || named.length > MAX_NAME_LENGTH ? `target-${index}` : named;
  return { path, models, model, provider, address, port };
}

/** What all of them say alike. */
function common([first, ...others]: readonly Place[]): Partial<Place> {
  const isCommon = (key: keyof Place): boolean => others.every((other) => other[key] === first?.[key]);
  return {
    provider: isCommon('provider') ? first?.provider : undefined,
    ...(isCommon('address') && isCommon('port') && { address: first?.address, port: first?.port }),
  };
}

function leavesOf(target: Target, around: Place, depth: number): readonly Place[] {
  const own = inherit(target, around);
  const children = childrenOf(target);
  if (children.length === 0 || depth > MAX_DEPTH) return [own];
  return children.slice(0, MAX_TARGETS).flatMap((child) => leavesOf(child, own, depth + 1));
}

/** Names come in snake case, or as the gateway itself writes them. */
function inherit(target: Target, around: Place): Place {
  const override = fields(target.override_params ?? target.overrideParams);
  return {
    ...around,
    ...serverOf(target),
    model: text(override.model) ?? around.model,
    provider: text(target.provider) ?? around.provider,
  };
}

/** A host, or the region or resource that stands for one. */
function serverOf(target: Target): Pick<Place, 'address' | 'port'> | undefined {
  const url = text(target.custom_host ?? target.customHost);
  if (url !== undefined && URL.canParse(url)) {
    const { hostname, port } = new URL(url);
    return { address: hostname, port: port === '' ? undefined : Number(port) };
  }
  const names = [target.azure_resource_name, target.azureResourceName, target.aws_region, target.awsRegion];
  const address = [...names, target.vertex_region, target.vertexRegion].map(text).find((name) => name !== undefined);
  return address === undefined ? undefined : { address };
}

function childrenOf(target: Target): readonly Target[] {
  return list(target.targets).map((child) => fields(child));
}

function modeOf(target: Target): unknown {
  return fields(target.strategy).mode;
}

/** Every fallback strategy of the ladder goes on only after a status that says that the target failed; guardrails have some of their own. */
function isStrict(target: Target): boolean {
  const { on_status_codes, onStatusCodes } = fields(target.strategy);
  const codes = list(on_status_codes ?? onStatusCodes);
  const nested = childrenOf(target).filter((child) => modeOf(child) === 'fallback');
  return codes.every((code) => typeof code === 'number' && code >= 400 && code !== 446) && nested.every(isStrict);
}

function parsed(json: string): Target | undefined {
  if (!json.startsWith('{') || json.length > MAX_LENGTH) return undefined;
  try {
    return fields(JSON.parse(json));
  } catch {
    return undefined;
  }
}
