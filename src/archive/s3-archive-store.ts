/**
 * An archive in a bucket of Amazon S3, or of a service that speaks its protocol. An object is put by one request, so it is there whole
 * or not at all; each has its SHA-256 with it, which the service compares, and which it gives back.
 *
 * Region and credentials come from where Amazon's own tools take them: the environment, `~/.aws`, or the machine's role.
 */
import {
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  NoSuchKey,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { createHash } from "node:crypto";
import type { Agent as HttpAgent } from "node:http";
import type { Agent as HttpsAgent } from "node:https";
import { PosthornError } from "../core/errors.ts";
import { limits } from "../core/limits.ts";
import type { ArchiveStore, StoredObject } from "./archive-store.ts";

export interface S3ArchiveOptions {
  readonly bucket: string;
  /** Of every key: empty, or ends with a slash. */
  readonly prefix: string;
  /** Undefined: Amazon's. */
  readonly endpoint: string | undefined;
  readonly agents: S3Agents;
}

/** What connections are made by. */
export interface S3Agents {
  readonly http: HttpAgent;
  readonly https: HttpsAgent;
}

export class S3ArchiveStore implements ArchiveStore {
  readonly #options: S3ArchiveOptions;
  readonly #client: S3Client;

  constructor(options: S3ArchiveOptions) {
    this.#options = options;
    this.#client = new S3Client({
      ...(options.endpoint === undefined ? {} : ofOtherService(options.endpoint)),
      // Left out, the client adds a CRC32 of its own to each request, which some services refuse.
      requestChecksumCalculation: "WHEN_REQUIRED",
      responseChecksumValidation: "WHEN_REQUIRED",
      maxAttempts: limits.archiveRequestAttempts,
      requestHandler: {
        httpAgent: options.agents.http,
        httpsAgent: options.agents.https,
        connectionTimeout: limits.archiveConnectTimeoutMs,
        requestTimeout: limits.archiveRequestTimeoutMs,
        throwOnRequestTimeout: true,
      },
    });
  }

  put(name: string, bytes: Uint8Array): Promise<void> {
    return this.#use(async (target) => {
      const checksum = createHash("sha256").update(bytes).digest("base64");
      const object = { ...target(name), Body: bytes, ChecksumSHA256: checksum };
      await this.#client.send(new PutObjectCommand(object));
    });
  }

  get(name: string): Promise<StoredObject | undefined> {
    return this.#use(async (target) => {
      try {
        const { Body, LastModified } = await this.#client.send(new GetObjectCommand(target(name)));
        const bytes = await Body?.transformToByteArray();
        return bytes && { bytes, writtenAtMs: LastModified?.getTime() };
      } catch (error) {
        if (error instanceof NoSuchKey) return undefined;
        throw error;
      }
    });
  }

  list(prefix: string): Promise<readonly string[]> {
    const { bucket, prefix: ours } = this.#options;
    return this.#use(async () => {
      const names: string[] = [];
      let token: string | undefined;
      do {
        const page = { Bucket: bucket, Prefix: `${ours}${prefix}`, ContinuationToken: token };
        const answer = await this.#client.send(new ListObjectsV2Command(page));
        for (const { Key } of answer.Contents ?? [])
          if (Key !== undefined) names.push(Key.slice(ours.length));
        token = answer.IsTruncated === true ? answer.NextContinuationToken : undefined;
      } while (token !== undefined);
      return names.toSorted();
    });
  }

  delete(name: string): Promise<void> {
    return this.#use(async (target) => {
      await this.#client.send(new DeleteObjectCommand(target(name)));
    });
  }

  close(): void {
    this.#client.destroy();
  }

  async #use<Result>(
    work: (target: (name: string) => { Bucket: string; Key: string }) => Promise<Result>,
  ): Promise<Result> {
    const { bucket, prefix } = this.#options;
    try {
      return await work((name) => ({ Bucket: bucket, Key: `${prefix}${name}` }));
    } catch (error) {
      const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
      throw new PosthornError("archive_failed", `s3://${bucket}/${prefix}: ${reason}`, {
        cause: error,
      });
    }
  }
}

/** Other services rarely have a host name for each bucket, and take any region. */
function ofOtherService(endpoint: string) {
  return { endpoint, forcePathStyle: true };
}
