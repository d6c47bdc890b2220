/** Archives one JobDb into a folder, in a process of its own that can be killed; says a line after each block. */
import { FolderArchiveStore } from "../../src/archive/folder-archive-store.ts";
import { storeJobDb } from "../../src/archive/store-job-db.ts";
import { testNames } from "./drained-job-db.ts";

const [, , folder = "", archive = "", jobDb = ""] = process.argv;

await storeJobDb(Number(jobDb), "history", {
  store: new FolderArchiveStore(archive),
  folder,
  names: testNames,
  blockBytes: 6_000,
  betweenBlocks: async () => void process.stdout.write("block\n"),
});
process.stdout.write("stored\n");
