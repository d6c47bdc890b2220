import { LdbReader } from "../../src/control/ldb-reader.ts";
import { SqliteControlWriter } from "../../src/control/sqlite-control-writer.ts";
import { ThreadedControlWriter } from "../../src/control/threaded-control-writer.ts";
import { controlConformance } from "./control-store.ts";
import { scratchControl } from "./scratch-control.ts";

controlConformance("SqliteControlWriter, read as from another process,", async (t) => {
  const { files, sources } = scratchControl(t);
  const writer = new SqliteControlWriter(files, sources, () => {});
  const { nowMs } = sources;
  const reader = new LdbReader(files.ldbPath, { nowMs, generation: undefined });
  t.after(() => {
    reader.close();
    writer.close();
  });
  return { writer, reader };
});

controlConformance("ThreadedControlWriter", async (t) => {
  const { files, sources } = scratchControl(t);
  const onFailure = (error: Error): never => {
    throw error;
  };
  const writer = await ThreadedControlWriter.start({ ...files, onFailure });
  const { generation } = writer;
  const reader = new LdbReader(files.ldbPath, { nowMs: sources.nowMs, generation });
  t.after(async () => {
    reader.close();
    await writer.stop();
  });
  return { writer, reader };
});
