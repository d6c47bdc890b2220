#!/usr/bin/env -S node --max-semi-space-size=8 --heap-growing-percent=100 --v8-pool-size=0
/**
 * The command line. What Node makes of each module, compiled and without its types, is kept beside the program, and taken up
 * by every later start of it and of its threads. A folder that can't be written, and a file in it that is damaged, are done
 * without.
 */
import { enableCompileCache } from "node:module";
import process from "node:process";
import { fileURLToPath } from "node:url";

// Two folders up from both src/cli and dist/cli. Threads find it in the environment only.
const ownFolder = fileURLToPath(new URL("../../.compile-cache", import.meta.url));
enableCompileCache((process.env["NODE_COMPILE_CACHE"] ||= ownFolder));

// By now: what is imported above is compiled before anything here runs.
const { createProgram } = await import("./program.ts");
await createProgram().parseAsync();
