import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useApi } from "../api/api-context.ts";
import { auditLog } from "../api/resources.ts";
import type { AuditEntryOut } from "../api/shapes.ts";
import { Badge, type Tone } from "../components/badge.tsx";
import { type Column, ListTable } from "../components/data-table.tsx";
import { FilterForm } from "../components/filter-form.tsx";
import { Nothing } from "../components/notice.tsx";
import { PageHead } from "../components/page-head.tsx";
import { Instant } from "../components/time.tsx";
import { visible } from "../components/text.ts";

const tones: Readonly<Record<AuditEntryOut["outcome"], Tone>> = {
  done: "good",
  asked: "busy",
  failed: "bad",
  told: "warn",
  refused: "quiet",
};

const columns: readonly Column<AuditEntryOut>[] = [
  { name: "When", cell: ({ timestamp }) => <Instant at={timestamp} /> },
  { name: "Operation", cell: ({ operation }) => <code>{visible(operation)}</code> },
  { name: "Outcome", cell: ({ outcome }) => <Badge tone={tones[outcome]}>{outcome}</Badge> },
  {
    name: "About",
    wide: true,
    cell: ({ application, subjects }) => (
      <span className="chips">
        {[application, ...Object.values(subjects)].map(
          (each) =>
            each !== null && (
              <span key={each} className="chip">
                {visible(each)}
              </span>
            ),
        )}
      </span>
    ),
  },
  {
    name: "By",
    cell: ({ credential: { kind, id }, client }) => (
      <>
        {kind} <code>{id.slice(0, 12)}</code>
        {client !== "" && (
          <div className="faint">
            from <code>{client}</code>
          </div>
        )}
      </>
    ),
  },
  { name: "Number", align: "right", cell: ({ id }) => id },
];

const route = getRouteApi("/inside/audit-log");

export function AuditLogPage() {
  const { iterator, ...filter } = route.useSearch();
  const navigate = route.useNavigate();
  const list = useQuery(auditLog(useApi(), { iterator, ...filter }));
  return (
    <>
      <PageHead title="Audit log">
        <p>
          Who changed, sent again, erased or was told what. Each entry has the hash of the one
          before: <code>posthorn audit verify</code> proves them.
        </p>
      </PageHead>
      <FilterForm
        fields={[
          { name: "operation", label: "Operation", hint: "v1.endpoint.create" },
          { name: "application", label: "Application's id" },
          { name: "since", label: "Since", isInstant: true },
          { name: "until", label: "And before", isInstant: true },
        ]}
        values={filter}
        onFilter={(search) => void navigate({ search })}
      />
      <ListTable
        caption="Audit log"
        columns={columns}
        list={list}
        keyOf={({ id }) => id}
        iterator={iterator}
        onTurn={(turned) => void navigate({ search: { ...filter, iterator: turned } })}
        empty={
          <Nothing title="No entries">
            Nothing was done yet, or nothing that the filter lets through.
          </Nothing>
        }
      />
    </>
  );
}
