/** The chunks of a stream's choices in, how the stream ended out: each choice by its own reason, the worst of them for all. */
import { type FinishOutcome, worseFinish } from '@warmspare/semconv';
import { finishOf } from './finish.ts';

export interface StreamedChoices {
  /** What a chunk says of one choice, as `EndSigns` has it. Signs add up; the last word counts. Chunks are many: nothing is made for one. */
  saw(index: number, word: string | undefined, produced: boolean, refused: boolean, failed: boolean): void;
  /** The provider's words, one a choice. */
  words(): readonly string[];
  /** Undefined until every choice has ended. */
  finish(): FinishOutcome | undefined;
}

interface Choice {
  word: string | undefined;
  produced: boolean;
  refused: boolean;
  failed: boolean;
}

export function streamedChoices(): StreamedChoices {
  const choices = new Map<number, Choice>();
  return {
    saw(index, word, produced, refused, failed) {
      const known = choices.get(index);
      if (known === undefined) {
        choices.set(index, { word, produced, refused, failed });
        return;
      }
      known.word = word ?? known.word;
      known.produced ||= produced;
      known.refused ||= refused;
      known.failed ||= failed;
    },
    words: () => [...choices.values()].flatMap(({ word }) => word ?? []),
    finish() {
      let finish: FinishOutcome | undefined;
      for (const choice of choices.values()) {
        if (choice.word === undefined) return undefined;
        const end = finishOf(choice.word, choice);
        finish = finish === undefined ? end : worseFinish(finish, end);
      }
      return finish;
    },
  };
}
