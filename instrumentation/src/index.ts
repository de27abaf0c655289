/** What an app imports: the instrumentation class and the functions that name chains and routes. */
export type { AttemptScope, DeclaredSchema, FinishedCall } from './scope.ts';
