/** A server that speaks S3's protocol, in this process: the environment names it to the clients that are made later. */
import { startFauxqs } from "fauxqs";

export interface S3Server {
  /** `http://host:port` */
  readonly endpoint: string;
  readonly bucket: string;
  readonly stop: () => Promise<void>;
}

export async function startS3Server(): Promise<S3Server> {
  const bucket = "posthorn-archive";
  const server = await startFauxqs({ port: 0, host: "127.0.0.1", logger: false });
  server.createBucket(bucket);
  process.env["AWS_ACCESS_KEY_ID"] = "test";
  process.env["AWS_SECRET_ACCESS_KEY"] = "test";
  process.env["AWS_REGION"] = "eu-central-1";
  return { endpoint: `http://127.0.0.1:${server.port}`, bucket, stop: () => server.stop() };
}
