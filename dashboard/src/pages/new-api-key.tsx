import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useId } from "react";
import { useApi } from "../api/api-context.ts";
import type { NewApiKeyOut } from "../api/shapes.ts";
import { CopyText } from "../components/code.tsx";
import { formText } from "../components/form-text.ts";
import { ProblemNotice } from "../components/notice.tsx";
import { Panel } from "../components/panel.tsx";

/** Makes a key, and shows it this once. */
export function NewApiKey() {
  const id = useId();
  const api = useApi();
  const queries = useQueryClient();
  const { mutate, isPending, data, error } = useMutation({
    mutationFn: (name: string) => api.post<NewApiKeyOut>("/api/v1/auth/key", { name }),
    onSuccess: () => queries.invalidateQueries(),
  });
  return (
    <Panel title="New key">
      <form
        className="filter"
        onSubmit={(event) => {
          event.preventDefault();
          mutate(formText(event.currentTarget, "name"));
        }}
      >
        <div className="field">
          <label htmlFor={id}>Name</label>
          <input id={id} name="name" required maxLength={256} autoComplete="off" />
        </div>
        <button type="submit" className="primary" disabled={isPending}>
          Make
        </button>
      </form>
      {error !== null && <ProblemNotice error={error} />}
      {data !== undefined && (
        <p className="notice" role="status">
          Copy it now, it is not told again: <CopyText text={data.token} label="the key" />
        </p>
      )}
    </Panel>
  );
}
