/** Whether two names mean one model: a rule of the wire contract, which the evidence about routes asks for here. */
export { sameModel } from '@warmspare/semconv';
