import {
  brokenAnswers,
  cutConnections,
  endlessAnswers,
  misleadingAnswers,
  slowAnswers,
} from "./answer-behaviours.ts";
import type { Behaviour } from "./behaviour.ts";
import { hostileNames } from "./name-behaviours.ts";
import { badCertificates, cutHandshakes } from "./tls-behaviours.ts";

/** The whole zoo. */
export const behaviours: readonly Behaviour[] = [
  ...slowAnswers,
  ...endlessAnswers,
  ...brokenAnswers,
  ...cutConnections,
  ...misleadingAnswers,
  ...badCertificates,
  ...cutHandshakes,
  ...hostileNames,
];
