/** vLLM's semantic router: https://vllm-semantic-router.com/docs/troubleshooting/vsr-headers. It chooses by content, which is no fallback. */
import { text } from '../base/read.ts';
import type { Gateway } from './gateway.ts';

export const VLLM_SEMANTIC_ROUTER: Gateway = {
  name: 'vllm_semantic_router',
  read({ header }) {
    const served = text(header('x-vsr-selected-model'));
    const cached = header('x-vsr-cache-hit');
    if (served === undefined && cached === undefined) return undefined;
    return { served, cache: cached === 'true' ? 'semantic' : undefined };
  },
};
