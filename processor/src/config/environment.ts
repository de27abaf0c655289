/** One YAML scalar and an environment go in, the scalar with `${env:NAME:-default}` replaced comes out. Never reads `process.env` itself. */

/** The environment that a configuration may refer to. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** What expansion made of a scalar, and the references that had no value. */
export interface Expansion {
  readonly text: string;
  /** The scalar was one reference and nothing else: its value is read as YAML, so that numbers and lists stay what they are. */
  readonly whole: boolean;
  readonly unset: readonly string[];
  /** References to a provider that is not `env`, for example `${file:...}`. */
  readonly foreign: readonly string[];
  /** Values of the environment that are in it, with their references. */
  readonly used: ReadonlyMap<string, string>;
}

const REFERENCE = /\$\$|\$\{(?:([a-z][a-z0-9+.-]*):(?!-))?([^}]*?)(?::-([^}]*))?\}/gi;

/**
 * Expands `${env:NAME}`, `${env:NAME:-default}`, the short `${NAME}`, and `$$` to `$`, as the OpenTelemetry Collector does.
 * Differs in one point: a variable that is not set and has no default is reported, where the Collector takes it as empty.
 */
export function expand(text: string, env: Environment): Expansion {
  const unset: string[] = [];
  const foreign: string[] = [];
  const used = new Map<string, string>();
  let whole = false;
  const expanded = text.replace(
    REFERENCE,
    (reference, scheme: string | undefined, name: string, fallback: string | undefined) => {
      if (reference === '$$') return '$';
      if ((scheme !== undefined && scheme !== 'env') || !/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
        foreign.push(reference);
        return reference;
      }
      whole ||= reference.length === text.length;
      const value = Object.hasOwn(env, name) ? env[name] : undefined;
      // An empty variable takes the default too, as in the shell's ${NAME:-default}.
      if (value !== undefined && (value !== '' || fallback === undefined)) {
        used.set(value, reference);
        return value;
      }
      if (fallback === undefined) unset.push(name);
      return fallback ?? '';
    },
  );
  return { text: expanded, whole, unset, foreign, used };
}

/** Within other text a shorter value is no secret, and may be part of any word. */
const SHORTEST = 4;

/** Puts references in the place of the values that they had. */
export function redactor(used: ReadonlyMap<string, string>): (text: string) => string {
  return (text) => {
    const whole = used.get(text);
    if (whole !== undefined) return whole;
    let redacted = text;
    // The longest first: one may be part of another.
    for (const [value, reference] of [...used].sort(([a], [b]) => b.length - a.length)) {
      if (value.length >= SHORTEST) redacted = redacted.replaceAll(value, () => reference);
    }
    return redacted;
  };
}
