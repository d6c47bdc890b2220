#!/usr/bin/env -S node --max-semi-space-size=8 --heap-growing-percent=100 --v8-pool-size=0
/** The command line. */
import { createProgram } from "./program.ts";

await createProgram().parseAsync();
