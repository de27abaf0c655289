/**
 * The registry's YAML documents in, attributes, spans and metrics with every reference resolved out. Reads no files; refuses
 * what contradicts itself, so that nothing is generated from it.
 */
import { parse } from 'yaml';

export interface Member {
  readonly id: string;
  readonly value: string;
  readonly brief: string;
}

export interface Attribute {
  readonly key: string;
  /** `string`, `int`, `string[]` ...; `enum` where it has members. */
  readonly type: string;
  readonly members: readonly Member[];
  readonly brief: string;
  readonly note: string;
  readonly stability: string;
  readonly deprecatedFor: string | undefined;
  readonly examples: readonly unknown[];
  /** TypeScript names of the type and the list of an enum's values. */
  readonly names: { readonly type: string; readonly values: string } | undefined;
  /** The document that defines it. */
  readonly file: string;
}

export interface Reference {
  readonly attribute: Attribute;
  /** `required`, `recommended`, `opt_in`, or the condition as a sentence. */
  readonly requirement: string;
}

export interface SpanType {
  readonly type: string;
  readonly kind: string;
  readonly brief: string;
  readonly note: string;
  readonly name: string;
  readonly attributes: readonly Reference[];
}

export interface Metric {
  readonly name: string;
  readonly instrument: 'gauge' | 'counter' | 'histogram';
  readonly unit: string;
  readonly brief: string;
  readonly note: string;
  readonly bounds: readonly number[] | undefined;
  readonly attributes: readonly Reference[];
  readonly file: string;
}

export interface Model {
  readonly attributes: readonly Attribute[];
  readonly spans: readonly SpanType[];
  readonly metrics: readonly Metric[];
}

interface RawReference {
  readonly ref?: string;
  readonly ref_group?: string;
  readonly requirement_level?: string | { readonly conditionally_required?: string; readonly recommended?: string };
}

interface RawGroup {
  readonly id: string;
  readonly attributes?: readonly RawReference[];
}

interface RawAttribute {
  readonly key: string;
  readonly type: string | { readonly members: readonly Member[] };
  readonly brief: string;
  readonly note?: string;
  readonly stability: string;
  readonly examples?: readonly unknown[];
  readonly deprecated?: { readonly renamed_to?: string };
  readonly annotations?: { readonly code_generation?: { readonly type: string; readonly values: string } };
}

interface RawSpan {
  readonly type: string;
  readonly kind: string;
  readonly brief: string;
  readonly note?: string;
  readonly name: { readonly note: string };
  readonly attributes?: readonly RawReference[];
}

interface RawMetric {
  readonly name: string;
  readonly instrument: Metric['instrument'];
  readonly unit: string;
  readonly brief: string;
  readonly note?: string;
  readonly attributes?: readonly RawReference[];
  readonly annotations?: { readonly histogram?: { readonly bounds: readonly number[] } };
}

interface Document {
  readonly attributes?: readonly RawAttribute[];
  readonly attribute_groups?: readonly RawGroup[];
  readonly spans?: readonly RawSpan[];
  readonly metrics?: readonly RawMetric[];
}

/** Reads documents by file name and resolves every reference among them. */
export function readModel(texts: ReadonlyMap<string, string>): Model {
  const documents = [...texts].map(([file, text]): [string, Document] => [file, parse(text, { merge: true })]);
  const attributes = documents.flatMap(([file, document]) =>
    (document.attributes ?? []).map((raw) => attributeOf(raw, file)),
  );
  const byKey = unique(attributes, (attribute) => attribute.key);
  const groups = unique(
    documents.flatMap(([, document]) => document.attribute_groups ?? []),
    (group) => group.id,
  );

  const resolve = (references: readonly RawReference[] | undefined): Reference[] =>
    (references ?? []).flatMap((raw): Reference[] => {
      if (raw.ref_group !== undefined) {
        const group = groups.get(raw.ref_group);
        if (group === undefined) throw new Error(`no attribute group ${raw.ref_group}`);
        return resolve(group.attributes);
      }
      const attribute = byKey.get(raw.ref ?? '');
      if (attribute === undefined) throw new Error(`no attribute ${raw.ref}`);
      return [{ attribute, requirement: requirementOf(raw.requirement_level) }];
    });

  const spans = documents.flatMap(([, document]) =>
    (document.spans ?? []).map(
      (raw): SpanType => ({ ...raw, note: raw.note ?? '', name: raw.name.note, attributes: resolve(raw.attributes) }),
    ),
  );
  const metrics = documents.flatMap(([file, document]) =>
    (document.metrics ?? []).map(
      (raw): Metric => ({
        ...raw,
        note: raw.note ?? '',
        bounds: raw.annotations?.histogram?.bounds,
        attributes: resolve(raw.attributes),
        file,
      }),
    ),
  );
  for (const metric of unique(metrics, (each) => each.name).values()) {
    if ((metric.instrument === 'histogram') !== (metric.bounds !== undefined)) {
      throw new Error(`${metric.name}: a histogram, and nothing else, has bounds`);
    }
  }
  for (const { type, attributes: references } of unique(spans, (span) => span.type).values()) {
    unique(references, ({ attribute }) => `${type}: ${attribute.key}`);
  }
  return { attributes, spans, metrics };
}

function attributeOf(raw: RawAttribute, file: string): Attribute {
  const members = typeof raw.type === 'string' ? [] : raw.type.members;
  const names = raw.annotations?.code_generation;
  if (members.length > 0 !== (names !== undefined)) throw new Error(`${raw.key}: an enum, and nothing else, has names`);
  return {
    key: raw.key,
    type: typeof raw.type === 'string' ? raw.type : 'enum',
    members,
    brief: raw.brief,
    note: raw.note ?? '',
    stability: raw.stability,
    deprecatedFor: raw.deprecated?.renamed_to,
    examples: raw.examples ?? [],
    names,
    file,
  };
}

function requirementOf(level: RawReference['requirement_level']): string {
  if (typeof level === 'string') return level;
  return level?.conditionally_required ?? level?.recommended ?? 'recommended';
}

function unique<T>(items: readonly T[], key: (item: T) => string): Map<string, T> {
  const found = new Map<string, T>();
  for (const item of items) {
    if (found.has(key(item))) throw new Error(`${key(item)} is defined twice`);
    found.set(key(item), item);
  }
  return found;
}
