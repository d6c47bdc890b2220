import { LdbReader } from "../../src/control/ldb-reader.ts";
import { SqliteControlWriter } from "../../src/control/sqlite-control-writer.ts";
import { ThreadedControlWriter } from "../../src/control/threaded-control-writer.ts";
import { controlConformance } from "./control-store.ts";
import { scratchControl } from "./scratch-control.ts";

controlConformance("SqliteControlWriter, read as from another process,", async (t) => {
  const { files, sources } = scratchControl(t);
  const writer = new SqliteControlWriter(files, sources, () => {});
  const reader = new LdbReader(files.ldbPath, { ...sources, generation: undefined });
  t.after(() => {
    reader.close();
    writer.close();
  });
  return { writer, reader };
});

controlConformance("ThreadedControlWriter", async (t) => {
  const { files, sources } = scratchControl(t);
  const onFailure = (error?: Error): never => {
    throw error ?? new Error("this is not to be told");
  };
  const { keyRing } = sources;
  const onResealed = onFailure; // of a new store everything is
  const writer = await ThreadedControlWriter.start({ ...files, keyRing, onResealed, onFailure });
  const { generation } = writer;
  const reader = new LdbReader(files.ldbPath, { ...sources, generation });
  t.after(async () => {
    reader.close();
    await writer.stop();
  });
  return { writer, reader };
});
