import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = join(__dirname, '../../grafana/dashboards');

/** A data source by its uid, or by the variable that names it. */
export interface DataSourceReference {
  readonly type: string;
  readonly uid: string;
}

/** A query of a panel. */
interface Target {
  readonly refId: string;
  readonly datasource: DataSourceReference;
  readonly expr: string;
  readonly legendFormat?: string;
  readonly format?: string;
  readonly instant: boolean;
  readonly range: boolean;
}

/** A panel, or the row that groups those below it. */
export interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly datasource?: DataSourceReference;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly fieldConfig?: { readonly defaults: { readonly unit?: string } };
  readonly targets?: readonly Target[];
  readonly collapsed?: boolean;
}

/** A template variable whose values are the data sources of a type. */
interface DataSourceVariable {
  readonly type: 'datasource';
  readonly name: string;
  readonly query: string;
  readonly current: { readonly text: string; readonly value: string };
}

/** A template variable whose values are a query's. */
export interface Variable {
  readonly type: 'query';
  readonly name: string;
  readonly label: string;
  readonly description: string;
  readonly datasource: DataSourceReference;
  readonly query: { readonly query: string };
  readonly definition: string;
  readonly allValue: string;
  readonly includeAll: boolean;
}

/** A dashboard in Grafana's classic JSON model. */
export interface Dashboard {
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  readonly tags: readonly string[];
  readonly schemaVersion: number;
  readonly refresh: string;
  readonly time: { readonly from: string; readonly to: string };
  readonly links: readonly { readonly type: string; readonly tags: readonly string[] }[];
  readonly annotations: {
    readonly list: readonly {
      readonly name: string;
      readonly datasource: DataSourceReference;
      readonly target?: { readonly expr: string };
    }[];
  };
  readonly templating: { readonly list: readonly (DataSourceVariable | Variable)[] };
  readonly panels: readonly Panel[];
}

/** A dashboard's file: its name, its text as it stands there, and what that says. */
export interface DashboardFile {
  readonly name: string;
  readonly text: string;
  readonly dashboard: Dashboard;
}

/** Every dashboard that is provisioned. */
export const dashboardFiles: readonly DashboardFile[] = readdirSync(folder)
  .filter((name) => name.endsWith('.json'))
  .map((name) => {
    const text = readFileSync(join(folder, name), 'utf8');
    return { name, text, dashboard: JSON.parse(text) as Dashboard };
  });

/** An expression that a dashboard sends to Prometheus, and where it stands, for people. */
export interface DashboardQuery {
  readonly where: string;
  readonly expression: string;
}

/** The queries of a dashboard's panels and annotations; those of its variables are {@link variablesOf}. */
export function queriesOf({ title, panels, annotations }: Dashboard): DashboardQuery[] {
  return [
    ...panels.flatMap((panel) =>
      (panel.targets ?? []).map(({ refId, expr }) => ({
        where: `dashboard ${title}, panel ${panel.title}, query ${refId}`,
        expression: expr,
      })),
    ),
    ...annotations.list.flatMap(({ name, target }) =>
      target?.expr === undefined ? [] : [{ where: `dashboard ${title}, annotation ${name}`, expression: target.expr }],
    ),
  ];
}

/** The variables of a dashboard whose values are a query's. */
export function variablesOf({ templating }: Dashboard): Variable[] {
  return templating.list.filter((variable): variable is Variable => variable.type === 'query');
}
