/** The vocabulary: what the world's finish reasons, error types, operations and model names mean. Nobody else classifies a word. */
export {
  breaksAvailability,
  DRILL_ERROR,
  type ErrorClass,
  errorClass,
  errorInMessage,
  errorOutcome,
  errorTypeOfMessage,
  failureOutcome,
  isViolationMessage,
  isWrongSignal,
  triggerAfter,
  triggerOf,
  wordedErrorType,
} from './errors.ts';
export {
  type FinishOutcome,
  finishOutcome,
  finishOutcomes,
  isKnownFinishReason,
  worseFinish,
} from './finish-reasons.ts';
export { type FailedGroups, failedGroups } from './litellm.ts';
export { bareModel, isOtherModel, sameModel } from './models.ts';
export { type Job, jobOf, type Operation, operationOf, type Surroundings, surroundingsOf } from './operations.ts';
export { providerName, providerOfModel, sameProvider } from './providers.ts';
