/** Tabs, one of which is shown; the others stay as they are, so that nothing in them is lost. */

import './tabs.css'

import type { ReactNode } from 'react'
import { Tab, TabList, TabPanel, Tabs as AriaTabs } from 'react-aria-components'

export interface TabSpec {
  readonly id: string
  readonly title: string
  readonly content: ReactNode
}

export interface TabsProps {
  readonly label: string
  readonly tabs: readonly TabSpec[]
  readonly shown: string
  readonly onShow: (id: string) => void
}

export function Tabs({ label, tabs, shown, onShow }: TabsProps) {
  return (
    <AriaTabs className="tabs" selectedKey={shown} onSelectionChange={(key) => onShow(String(key))}>
      <TabList className="tab-list" aria-label={label}>
        {tabs.map((tab) => (
          <Tab key={tab.id} id={tab.id} className="tab">
            {tab.title}
          </Tab>
        ))}
      </TabList>
      {tabs.map((tab) => (
        <TabPanel key={tab.id} id={tab.id} className="tab-panel" shouldForceMount>
          {tab.content}
        </TabPanel>
      ))}
    </AriaTabs>
  )
}
