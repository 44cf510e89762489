// The one list of commands, as modules of `commands` with the signatures that the page sees. It is included by `build.rs`, which declares each
// command to Tauri (an undeclared one would be open to every window), and it feeds the handler, the check of the capability file, the check of
// the functions' types, and the interface `Commands` of `ui/src/bindings.gen.ts`. A new command is one line here and one function there.

/// Hands the list to the macro `$then`.
macro_rules! contract {
    ($then:ident) => {
        $then! {
            app {
                fn app_state() -> AppState;
                fn settings_set(Settings) -> Settings;
                fn first_run_step(i64) -> ();
                fn first_run_finish() -> ();
                fn practice_start() -> SiteRow;
                fn practice_end() -> ();
                fn leave() -> Option<Leave>;
                fn leave_answer(LeaveAnswered) -> ();
            }
            cases {
                fn counts() -> Counts;
                fn inbox_page(InboxQuery) -> InboxPage;
                fn case_detail(i64) -> CaseDetail;
                fn decide(DecideRequest) -> Decided;
                fn undo(Option<i64>) -> Option<Undone>;
                fn redo() -> Option<Decided>;
                fn drafts() -> Vec<DraftBatch>;
                fn act_now(i64) -> ActResult;
                fn put_back(PutBack) -> ActResult;
                fn reopen(i64) -> ();
                fn open_singles(i64) -> u64;
                fn note_add(NoteAdd) -> ();
                fn claim(Claim) -> ();
                fn selection(SelectionAsk) -> Selection;
                fn question_save(i64) -> Option<String>;
                fn answer_read() -> Option<Answered>;
                fn saved_views() -> Vec<SavedView>;
                fn saved_view_put(SavedViewPut) -> Vec<SavedView>;
                fn saved_view_remove(i64) -> Vec<SavedView>;
            }
            home {
                fn logs(LogQuery) -> LogPage;
                fn report_safe() -> String;
                fn report_safe_save() -> Option<String>;
                fn storage_sizes() -> Vec<StorageSize>;
                fn removal() -> Removal;
                fn removal_do(RemovalYes) -> ();
                fn about() -> About;
                fn page_ready() -> ();
            }
            viewing {
                fn reveal_open(RevealAsk) -> RevealAnswer;
                fn reveal_pixels(i64) -> Pixels;
                fn reveal_close(RevealEnd) -> ();
                fn viewing_state(bool) -> ViewingState;
                fn viewing_set(ViewingLimits) -> ViewingState;
                fn viewing_stop() -> ViewingState;
                fn viewing_go_on() -> ViewingState;
            }
            sites {
                fn health() -> Health;
                fn sites() -> Vec<SiteRow>;
                fn site_choose() -> Option<ChosenFolder>;
                fn site_add(SiteAdd) -> SiteRow;
                fn site_remove(i64) -> ();
                fn site_sweep(i64) -> ();
                fn site_pause(SitePause) -> ();
                fn selftest(i64) -> SelfTest;
            }
            todos {
                fn site_software(i64) -> SiteSoftware;
                fn site_change(SiteChange) -> u64;
                fn site_map_choose(i64) -> bool;
                fn site_map_forget(i64) -> ();
                fn case_todos(i64) -> Vec<TodoRow>;
                fn todo_tick(TodoTick) -> ();
                fn todo_done(TodoPick) -> ();
                fn todo_sheet(TodoPick) -> Option<String>;
                fn case_include(CaseFile) -> ();
                fn case_split(CaseFile) -> Option<i64>;
            }
            lists {
                fn lists() -> Vec<ListRow>;
                fn list_formats() -> Vec<FormatRow>;
                fn list_versions(i64) -> Vec<ListVersionRow>;
                fn list_difference(ListVersion) -> Option<ListDifference>;
                fn list_going(ListVersion) -> ListGoing;
                fn list_roll_back(ListVersion) -> ();
                fn list_remove(i64) -> ();
                fn list_threshold(i64) -> ThresholdEffect;
                fn list_threshold_set(ListThreshold) -> u64;
                fn list_terms_set(ListTerms) -> ();
                fn list_entries_off(i64) -> Vec<EntryOff>;
                fn list_switch_on(ListEntry) -> u64;
            }
            offers {
                fn offer() -> Option<OfferState>;
                fn offer_choose(OfferChoose) -> bool;
                fn offer_address(OfferAddress) -> bool;
                fn offer_again(i64) -> ();
                fn offer_answer(OfferAnswers) -> ();
                fn offer_accept(OfferYes) -> ();
                fn offer_end(u64) -> ();
            }
            own {
                fn own_new(OwnList) -> ();
                fn own_put(OwnPut) -> OwnPutDone;
                fn own_entries(i64) -> Vec<OwnEntry>;
                fn own_withdraw(OwnWithdraw) -> OwnWithdrawn;
                fn own_key_new(i64) -> Option<OwnKey>;
                fn own_publish(OwnPublish) -> Option<OwnPublished>;
            }
            sources {
                fn sources() -> Sources;
                fn source_change(SourceChange) -> bool;
                fn sources_look() -> ();
                fn source_forget(i64) -> ();
                fn quiet_set(Option<String>) -> ();
            }
            duties {
                fn duty_clocks() -> Vec<DutyClock>;
                fn clock_start(ClockStart) -> ();
                fn clock_stop(ClockStop) -> ();
                fn clock_confirm(i64) -> ();
                fn notice_add(NoticeNew) -> Option<i64>;
                fn case_duties(i64) -> CaseDuties;
                fn report_form(PackKind) -> ReportForm;
                fn report_make(ReportAsk) -> Option<ReportMade>;
                fn reported(ReportedNote) -> u64;
                fn evidence_answer(EvidenceAnswer) -> ();
                fn statement_change(StatementChange) -> ();
                fn country() -> Country;
                fn country_set(CountryAnswers) -> Country;
                fn help_pages(HelpLanguage) -> Vec<HelpPage>;
                fn help_save(HelpAsk) -> bool;
            }
            record {
                fn record_page(RecordQuery) -> RecordPage;
                fn record_days(i64) -> Vec<DayCount>;
                fn record_persons() -> Vec<String>;
                fn ledger_verify() -> LedgerState;
            }
            persons {
                fn persons() -> Persons;
                fn person_put(PersonPut) -> ();
                fn person_remove(String) -> ();
                fn person_switch(String) -> ();
            }
            good {
                fn copies(i64) -> CopiesFound;
                fn copies_join(i64) -> u64;
                fn good_rules(bool) -> Vec<GoodRule>;
                fn good_of_case(i64) -> GoodOfCase;
                fn good_add(GoodAdd) -> GoodAdded;
                fn good_remove(i64) -> u64;
                fn good_dismiss(i64) -> ();
            }
            papers {
                fn ledger_export(Option<i64>) -> Option<Written>;
                fn ledger_verify_file() -> Option<FileVerdict>;
                fn table_write(TableWrite) -> Option<Written>;
                fn statement_write(StatementWrite) -> Option<Written>;
                fn transparency_write(u32) -> Option<Written>;
                fn handover_write() -> Option<Written>;
            }
            vault {
                fn vault() -> VaultView;
                fn hold_set(HoldSet) -> ();
                fn purge_case(PurgeYes) -> u64;
                fn certificate_save(i64) -> bool;
                fn export_sealed(ExportSealed) -> Option<u64>;
                fn vault_key_save() -> bool;
                fn vault_key_use() -> bool;
                fn vault_key_new() -> ();
                fn vault_key_unlock(String) -> ();
                fn vault_key_lock() -> ();
                fn vault_key_keep(KeyKeep) -> ();
                fn vault_verify() -> VaultVerified;
                fn vault_clock_set(i64) -> ();
            }
            unchecked {
                fn unchecked_page(UncheckedQuery) -> UncheckedPage;
                fn try_again(TryAgain) -> u64;
            }
        }
    };
}
