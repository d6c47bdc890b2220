import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useApi } from "../api/api-context.ts";
import { path } from "../api/client.ts";
import { apiKeys } from "../api/resources.ts";
import type { ApiKeyOut } from "../api/shapes.ts";
import { ActionButton } from "../components/action-button.tsx";
import { type Column, ListTable } from "../components/data-table.tsx";
import { Nothing } from "../components/notice.tsx";
import { PageHead } from "../components/page-head.tsx";
import { Time } from "../components/time.tsx";
import { visible } from "../components/text.ts";
import { NewApiKey } from "./new-api-key.tsx";

const columns: readonly Column<ApiKeyOut>[] = [
  { name: "Name", wide: true, cell: ({ name }) => <bdi>{visible(name)}</bdi> },
  { name: "Id", cell: ({ id }) => <code>{id}</code> },
  { name: "For", cell: ({ application }) => application ?? "all applications" },
  { name: "Created", align: "right", cell: ({ createdAt }) => <Time at={createdAt} /> },
  {
    name: "Expires",
    align: "right",
    cell: ({ expiresAt }) => (expiresAt === null ? "never" : <Time at={expiresAt} />),
  },
  { name: "Revoke", align: "right", cell: ({ id, name }) => <Revoke id={id} name={name} /> },
];

const route = getRouteApi("/inside/access");

export function ApiKeysPage() {
  const { iterator } = route.useSearch();
  const navigate = route.useNavigate();
  const list = useQuery(apiKeys(useApi(), { iterator }));
  return (
    <>
      <PageHead title="API keys">
        Credentials that work until they are revoked. Their texts are told once and stored nowhere.
      </PageHead>
      <NewApiKey />
      <ListTable
        caption="API keys"
        columns={columns}
        list={list}
        keyOf={({ id }) => id}
        iterator={iterator}
        onTurn={(turned) => void navigate({ search: { iterator: turned } })}
        empty={
          <Nothing title="No API keys">
            Make one above; tokens of <code>posthorn token</code> work without any.
          </Nothing>
        }
      />
    </>
  );
}

function Revoke({ id, name }: Pick<ApiKeyOut, "id" | "name">) {
  const api = useApi();
  return (
    <ActionButton
      label="Revoke"
      isDangerous
      question={
        <>
          Whoever uses the key <strong>{visible(name)}</strong> is refused at once, and it
          can&apos;t be brought back.
        </>
      }
      act={() => api.delete(path`/api/v1/auth/key/${id}`)}
      done="revoked"
    />
  );
}
