package audit

// What the plan test looks at.
var (
	CrowdQuery = crowdQuery
	EndOfDay   = endOf
	Statements = map[string]string{
		"person": readPerson, "tenures": readTenures, "names": readNames, "record": readRecord, "choices": readChoices,
		"periods": readPeriods, "given": readGiven, "set": readSet, "regridded": readRegridded, "assigned": readAssigned,
	}
)
