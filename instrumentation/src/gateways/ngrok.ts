/**
 * ngrok's AI gateway: https://ngrok.com/docs/ai-gateway/how-it-works#response-headers. Attempts count other keys of the same model too,
 * and the list may have models that the gateway passes over: only another model after a failed attempt is a fallback.
 */
import { sameModel } from '@warmspare/semconv';
import { text } from '../base/read.ts';
import { type Gateway, integer, primaryFailed } from './gateway.ts';

export const NGROK: Gateway = {
  name: 'ngrok',
  read({ header, request }) {
    const attempts = integer(header('ngrok-aig-attempts'));
    const served = text(header('ngrok-aig-model'));
    if (attempts === undefined && served === undefined) return undefined;
    const asked = request.model;
    if (served === undefined || asked === undefined) return { served };
    const fell = (attempts ?? 1) > 1 && !sameModel(asked, served);
    return { served, fallback: fell, failed: primaryFailed(fell) };
  },
};
