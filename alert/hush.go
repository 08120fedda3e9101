package alert

// What follows needs Dispatcher.mu.

// hush finds out whether an incident that fires is silenced, and says whether that changed. It is if
// each alert that fires is: one that isn't would go unheard with the others.
func (d *Dispatcher) hush(inc *incident) bool {
	if d.opt.Silenced == nil || inc.firing == 0 {
		return false // one that is over stays as it was, so that it ends as quietly as it lived
	}
	why := ""
	for _, a := range inc.members {
		if a.State != Firing {
			continue
		}
		// Of several reasons the same one each time, or the message would change with each look.
		switch one := d.opt.Silenced(*a); {
		case one == "":
			return inc.hush("")
		case why == "" || one < why:
			why = one
		}
	}
	return inc.hush(why)
}

// hush sets why the incident is silenced, and says whether that is new.
func (i *incident) hush(why string) bool {
	if i.silenced == why {
		return false
	}
	i.silenced = why
	i.hushed = i.rev + 1 // the next one, which shows it
	return true
}
