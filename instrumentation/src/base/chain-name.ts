/** The user's name for chains that requests and gateways declare by themselves. It names; it says nothing of the route. */
import { AsyncLocalStorage } from 'node:async_hooks';

const names = new AsyncLocalStorage<string>();

/** The innermost name around the running code. Read it synchronously when a call begins. */
export function activeChainName(): string | undefined {
  return names.getStore();
}

/**
 * Runs `fn`; where a call inside names its fallbacks itself (OpenRouter's `models`, LiteLLM's `fallbacks` ...) or a gateway says that
 * one served, the chain has this name in place of one made of the system's and the primary's. Returns what `fn` returns. For ladders
 * of your own use `chain()` or `withRoute()`, which stand above. The name is of low cardinality: it names the job, never a request.
 *
 * ```ts
 * await withChainName('summarize-ticket', () => openrouter.chat.completions.create({ model, models, messages }));
 * ```
 */
export function withChainName<T>(name: string, fn: () => T): T {
  return names.run(name, fn);
}

/** Runs `fn` under a library's own name for what it does, where it has one and the user gave none: theirs stands above. */
export function inJob<T>(name: string | undefined, fn: () => T): T {
  return name === undefined || activeChainName() !== undefined ? fn() : names.run(name, fn);
}
