"""Results of jobs as they are kept: tables in Parquet, of which a page is wanted, or another form.

Takes the bytes of a part and gives rows and files. It must not know HTTP or where parts are kept.
"""
